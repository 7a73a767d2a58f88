//! An executor from its start to its end.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use firesteel_actors::{
    Config, SystemError,
    carrier::{BoundedThread, ExecutorSpec, ExecutorSystem, Observer, TaskControl},
    message::GetMapOutputStatuses,
};

use super::{
    application::ExecutorApplication, data::Data, hello::say_hello, incoming::Incoming, uplink::Uplink,
};
use crate::{
    blocks::Remote,
    cluster::{ClusterError, application_id, protocol::Welcome},
    code::executable_digest,
    executor::{ExecutorExit, ExecutorOptions},
    launch::local_dirs,
    task::{ExecutorEnv, TaskRunner, install_panic_hook},
    transport::{Connection, Purpose, Receiver, TransportOptions},
};

/// How long running tasks have to end when the executor does.
const STOP_GRACE: Duration = Duration::from_secs(3);
/// The longest message to be believed.
const MAX_MESSAGE: usize = 2 << 30;
/// How long the last words to the driver may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs an executor until the driver tells it to stop or is gone, or it gives up. Tasks whose code does not return then are left
/// behind: their process is to end.
pub(crate) fn run_executor(options: ExecutorOptions) -> Result<ExecutorExit, ClusterError> {
    crate::code::check_environment()?;
    install_panic_hook();
    // The driver has proved who it is, and keeps to limits of its own.
    let transport = TransportOptions { max_message: MAX_MESSAGE, ..TransportOptions::default() };
    // One that the driver has started runs the driver's own image. Read before anybody waits: an executable may be large.
    let digest = if options.driver_watch.is_none() { Some(executable_digest()?) } else { None };
    let mut connection = Connection::open(&options.driver, &options.secret, Purpose::Control, &transport)?;
    let hostname = hostname(&options, connection.local);
    // Bound before the driver is told of it, and serving when the driver has said what to serve.
    let data = Data::bind(connection.local, &options.secret)?;
    let welcome = say_hello(&mut connection, &options, &hostname, data.port(), digest)?;
    let config = config(&welcome, &options)?;
    let id = welcome.executor_id;
    let ask = move |control: &TaskControl, shuffle_id| {
        control.get_map_output_statuses(GetMapOutputStatuses { shuffle_id, executor_id: id })
    };
    let remote = Remote::of_executor(id, &options.secret, &config, ask);
    for (executor_id, address) in &welcome.executors {
        remote.executor_added(*executor_id, *address);
    }
    let env = ExecutorEnv::connected(&config, options.cores, Some(welcome.application), remote.clone());
    let env = Arc::new(env);
    data.serve(&env);
    let runner = TaskRunner::new(config.clone(), env.clone());
    let application = Arc::new(ExecutorApplication { runner, remote: remote.clone() });
    let uplink =
        Arc::new(Uplink::new(connection.sender).map_err(|source| thread_error("firesteel-flusher", source))?);
    let spec = ExecutorSpec::new(id, hostname, options.cores);
    let observer = welcome.is_observed.then(|| uplink.clone() as Arc<dyn Observer>);
    let system = ExecutorSystem::start(application, &config, spec, uplink.clone(), welcome.now, observer)?;
    env.blocks.connect(system.handle().clone(), id);
    let system = Arc::new(system);
    if let Some(driver) = &options.driver_watch {
        let system = system.clone();
        driver.on_end(move |_| system.disconnected());
    }
    let lost = Arc::new(Mutex::new(None));
    let incoming = Incoming::new(system.clone(), env.clone(), remote.clone())?;
    let reader = read_apart(incoming, connection.receiver, &lost)?;
    system.wait_stopped();
    // Tasks that wait for others end.
    remote.stop();
    let lost = *lost.lock().unwrap_or_else(PoisonError::into_inner);
    system.stop(STOP_GRACE);
    uplink.close();
    // It ends when the driver has heard the last word.
    reader.join_by(Instant::now() + LAST_WORDS).ok();
    let left = data.close();
    if !left.is_empty() {
        tracing::warn!("threads that still serve blocks are left behind: {}", left.join(", "));
    }
    env.blocks.close();
    env.local_dirs.close();
    // Those of the executor's own are empty now; another directory is not.
    for dir in config.spill.local_dir.iter().flat_map(|list| list.split(',')) {
        std::fs::remove_dir(dir).ok();
    }
    Ok(uplink.gave_up().or(lost).unwrap_or(ExecutorExit::Stopped))
}

fn thread_error(name: &str, source: std::io::Error) -> SystemError {
    SystemError::Thread { name: name.to_owned(), source }
}

/// The host's name, for people and for locality.
fn hostname(options: &ExecutorOptions, local: SocketAddr) -> String {
    options.hostname.clone().unwrap_or_else(|| local.ip().to_string())
}

/// What the driver's settings come to here.
fn config(welcome: &Welcome, options: &ExecutorOptions) -> Result<Config, ClusterError> {
    let mut config = Config::default();
    config.set_all(welcome.settings.iter().map(|(key, value)| (&**key, &**value)))?;
    config.heartbeat.enabled = true;
    if let Some(memory) = options.memory {
        config.memory.executor_memory = Some(memory);
    }
    // Within its working directory, unless the driver's settings name better ones.
    config.spill.local_dir = Some(match &config.spill.local_dir {
        None => options.work_dir.to_string_lossy().into_owned(),
        Some(list) => {
            let dirs = local_dirs(list, &application_id(welcome.application), welcome.executor_id);
            dirs.iter().map(|dir| dir.to_string_lossy()).collect::<Vec<_>>().join(",")
        }
    });
    Ok(config)
}

/// Reads what the driver sends on a thread of its own.
fn read_apart(
    mut incoming: Incoming,
    mut receiver: Receiver,
    lost: &Arc<Mutex<Option<ExecutorExit>>>,
) -> Result<BoundedThread, SystemError> {
    let lost = lost.clone();
    BoundedThread::start("firesteel-driver", move || {
        let reason = "reading what it sent panicked".to_owned();
        let mut reading = Reading { system: incoming.system.clone(), lost, reason };
        reading.reason = match incoming.pass_on(&mut receiver) {
            Ok(()) => "it ended the connection".to_owned(),
            Err(error) => error.to_string(),
        };
    })
}

/// Ends the executor when nobody reads any more what the driver sends, however that ended.
struct Reading {
    system: Arc<ExecutorSystem>,
    lost: Arc<Mutex<Option<ExecutorExit>>>,
    reason: String,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.system.is_stopped() {
            tracing::error!("Driver disassociated! Shutting down. ({})", self.reason);
            *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(ExecutorExit::DriverGone);
        }
        self.system.disconnected();
    }
}
