//! Coming, being refused, and coming back.

use super::{EXECUTOR, backend, failed, launch, registered, update};
use crate::{
    Time,
    core::{Core, Outbox},
    executor_backend::ExecutorBackendCore,
    message::{
        DriverEndpointMessage, Message, RegisterExecutorFailed, RegisteredExecutor, Secret,
        UpdateDelegationTokens,
    },
    resources::{ProfileId, ResourceAmount, Resources},
    testkit::{NOTHING, brief},
};

#[test]
fn it_registers_when_it_starts() {
    let mut core = ExecutorBackendCore::new(EXECUTOR, "here", 2);
    let mut out = Outbox::new();
    core.start(Time::ZERO, &mut out);
    let sent: Vec<String> = out.sendings().iter().map(brief).collect();
    assert_eq!(sent, ["DriverEndpoint: register 1 on here with 2"]);
    assert!(core.is_idle());
}

#[test]
fn it_is_ready_once() {
    let mut backend = registered();
    assert_eq!(backend.tell(RegisteredExecutor {}), NOTHING);
    backend.finish();
}

#[test]
fn one_that_is_refused_ends_quietly() {
    let mut backend = backend();
    let refused = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    assert_eq!(backend.tell(refused.clone()), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(refused), NOTHING);
    assert_eq!(backend.tell(launch(0)), NOTHING);
    backend.finish();
}

#[test]
fn a_refusal_does_not_end_one_that_was_accepted() {
    let mut backend = registered();
    let refused = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    assert_eq!(backend.tell(refused), NOTHING);
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    backend.finish();
}

#[test]
fn it_registers_with_its_resources_and_profile() {
    let addresses = [("0".into(), ResourceAmount::ONE)].into();
    let resources = Resources::from([("gpu".into(), addresses)]);
    let mut core =
        ExecutorBackendCore::new(EXECUTOR, "here", 2).with_resources(resources.clone(), ProfileId(4));
    let mut out = Outbox::new();
    core.start(Time::ZERO, &mut out);
    match &out.sendings()[0].message {
        Message::DriverEndpoint(DriverEndpointMessage::RegisterExecutor(register)) => {
            assert_eq!((&register.resources, register.profile_id), (&resources, ProfileId(4)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_latest_credentials_are_kept() {
    let mut backend = registered();
    assert_eq!(backend.core.delegation_tokens(), None);
    for tokens in ["old", "new"] {
        let tokens = Secret::new(tokens.as_bytes());
        assert_eq!(backend.tell(UpdateDelegationTokens { tokens }), NOTHING);
    }
    assert_eq!(backend.core.delegation_tokens().unwrap().expose(), b"new");
    backend.finish();
}
