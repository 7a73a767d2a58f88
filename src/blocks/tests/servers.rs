//! What a block server bears: many clients, and code of the user's that does not return.

use std::{
    sync::{Arc, Barrier},
    time::Instant,
};

use firesteel_actors::{ExecutorId, TaskId, config::FetchConfig};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    super::{
        BlockServer,
        protocol::{Request, Wanted, encode, split_answer},
        transport_options,
    },
    Cluster,
    cluster::LOOPBACK,
};
use crate::{
    task::ExecutorEnv,
    transport::{Connection, Listener, Purpose},
};

/// A block server behind a listener that lets all come.
fn serve(cluster: &Cluster, env: &Arc<ExecutorEnv>) -> (Arc<BlockServer>, Listener) {
    let server = Arc::new(BlockServer::new(env));
    let (serving, options) = (server.clone(), transport_options(&FetchConfig::default()));
    let listener = Listener::bind(LOOPBACK, &cluster.secret, options, move |_, connection| {
        serving.serve(connection);
    });
    (server, listener.unwrap())
}

fn connect(cluster: &Cluster, listener: &Listener) -> Connection {
    let options = transport_options(&FetchConfig::default());
    Connection::open(listener.local_addr(), &cluster.secret, Purpose::Data, &options).unwrap()
}

/// Whether a request is answered, as far as it can be.
fn is_answered(connection: &mut Connection) -> bool {
    let request = Request { id: 7, wanted: Wanted::TaskResult { task_id: TaskId(0) } };
    let sent = connection.sender.send(&encode(&request));
    let answer = connection.receiver.receive();
    sent.is_ok() && answer.is_ok_and(|answer| answer.and_then(split_answer).is_some_and(|(id, ..)| id == 7))
}

#[test]
fn the_settings_say_how_many_connections_there_may_be() {
    let cluster = Cluster::start(1, &[("firesteel.blocks.maxConnections", "2")]);
    let (_server, listener) = serve(&cluster, &cluster.executors[0].env);
    let mut connections = [(); 2].map(|()| {
        let mut connection = connect(&cluster, &listener);
        assert!(is_answered(&mut connection));
        connection
    });
    assert!(!is_answered(&mut connect(&cluster, &listener)));
    assert!(connections.iter_mut().all(is_answered));
}

/// It is met when its encoding begins, and again before it ends.
#[derive(Deserialize)]
struct Slow;

static MET: Barrier = Barrier::new(2);

impl Serialize for Slow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        MET.wait();
        MET.wait();
        serializer.serialize_unit_struct("Slow")
    }
}

#[test]
fn closing_does_not_wait_for_ever_and_names_what_is_left() {
    let cluster = Cluster::start(0, &[]);
    let value = cluster.context.broadcast(Slow);
    let (server, listener) = serve(&cluster, cluster.context.executor_env());
    let [slow, mut quick] = [(); 2].map(|()| connect(&cluster, &listener));
    assert!(is_answered(&mut quick));
    let request = Request { id: 7, wanted: Wanted::Broadcast { id: value.id(), asks: ExecutorId(0) } };
    slow.sender.send(&encode(&request)).unwrap();
    MET.wait();
    let left = server.close_by(Instant::now());
    let name = format!("firesteel-blocks-{}", slow.local);
    MET.wait();
    assert!(left.contains(&name), "{left:?}");
}
