//! What is on its way at one time, and where it goes.

use firesteel_actors::ExecutorId;

use super::{
    Cluster,
    cluster::shuffles,
    fake::{FakeServer, blocks_of, reply_empty},
};
use crate::{HashPartitioner, Rdd, rdd::Compute};

/// Twelve outputs on each of the first two executors, all of about the same size.
fn parts(cluster: &Cluster, rows: i64) -> Rdd<impl Compute<Item = (u64, i64)> + use<>> {
    let parts =
        cluster.context.range(0..rows, 1, 24).map(|x| (x as u64, x)).partition_by(HashPartitioner::new(1));
    let shuffle = &shuffles(&parts.node)[0];
    let binary = shuffle.binary().unwrap().unwrap();
    for map in 0..24 {
        cluster.run_map(map % 2, (shuffle.id, &binary), map as u32).unwrap();
    }
    parts
}

/// The blocks of the first requests, so many of which come before any is answered, and of all.
fn requests(settings: &[(&str, &str)], at_once: usize) -> (Vec<usize>, Vec<usize>) {
    let cluster = Cluster::start(3, settings);
    // Each output has about 1,600 bytes.
    let parts = parts(&cluster, 2_400);
    let server = FakeServer::start(&cluster.secret);
    (0..2).for_each(|id| cluster.executors[2].remote.executor_added(ExecutorId(id), server.address()));
    let (mut first, mut all) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| cluster.collect_on(2, &parts, 0));
        let mut on_way: Vec<_> = (0..at_once).map(|_| server.next()).collect();
        first.extend(on_way.iter().map(|(request, _)| blocks_of(request)));
        loop {
            assert_eq!(cluster.executors[2].remote.requests(), (all.len() + on_way.len()) as u64);
            if on_way.is_empty() {
                break;
            }
            let (request, sender) = on_way.remove(0);
            all.push(blocks_of(&request));
            reply_empty(&request, &sender);
            let seen: usize = all
                .iter()
                .chain(&on_way.iter().map(|(request, _)| blocks_of(request)).collect::<Vec<_>>())
                .sum();
            if seen < 24 {
                on_way.push(server.next());
            }
        }
        assert!(waiting.join().unwrap().is_ok());
    });
    (first, all)
}

#[test]
fn without_limits_there_is_one_request_to_each_executor() {
    let (first, all) = requests(&[], 2);
    assert_eq!((first, all), (vec![12, 12], vec![12, 12]));
}

#[test]
fn requests_are_cut_so_that_five_are_within_the_limit_of_bytes() {
    // A request of 4,200 bytes has three blocks of 1,600; 21,000 bytes are four such requests.
    let (first, all) = requests(&[("spark.reducer.maxSizeInFlight", "21000")], 4);
    assert_eq!(first, [3, 3, 3, 3]);
    assert_eq!(all, [3; 8]);
}

#[test]
fn a_block_that_is_larger_than_the_limit_goes_alone() {
    let (first, all) = requests(&[("spark.reducer.maxSizeInFlight", "10")], 1);
    assert_eq!((first, all), (vec![1], vec![1; 24]));
}

#[test]
fn requests_on_their_way_are_counted() {
    let settings = [("spark.reducer.maxSizeInFlight", "100000"), ("spark.reducer.maxReqsInFlight", "1")];
    let (first, all) = requests(&settings, 1);
    assert_eq!((first, all), (vec![12], vec![12, 12]));
}

#[test]
fn blocks_at_one_address_are_counted() {
    let (first, all) = requests(&[("spark.reducer.maxBlocksInFlightPerAddress", "4")], 2);
    assert_eq!((first, all), (vec![4, 4], vec![4; 6]));
}

#[test]
fn what_has_no_room_in_memory_goes_to_a_file_and_is_gone_afterwards() {
    for (settings, to_disk) in [
        (&[][..], false),
        (&[("spark.network.maxRemoteBlockSizeFetchToMem", "100")][..], true),
        (&[("spark.executor.memory", "64k")][..], true),
    ] {
        let cluster = Cluster::start(3, settings);
        let parts = parts(&cluster, 48_000);
        let (mut found, counted) = cluster.collect_on(2, &parts, 0).unwrap();
        found.sort_unstable();
        assert!(found.into_iter().eq((0..48_000).map(|x| (x as u64, x))));
        assert_eq!(counted.shuffle_remote_blocks_fetched, 24);
        assert_eq!(counted.shuffle_remote_bytes_read_to_disk > 0, to_disk, "{settings:?}");
        assert!(counted.shuffle_remote_bytes_read_to_disk <= counted.shuffle_remote_bytes_read);
        assert!(counted.shuffle_fetch_wait_time > 0);
        assert_eq!(cluster.executors[2].env.memory.used(), 0);
        assert_eq!(cluster.executors[2].env.local_dirs.files(), [] as [std::path::PathBuf; 0]);
    }
}

#[test]
fn shuf_001_parts_that_are_not_compressed_come_as_well() {
    let sizes = ["true", "false"].map(|compress| {
        let cluster = Cluster::start(3, &[("spark.shuffle.compress", compress)]);
        let parts = parts(&cluster, 48_000);
        let (found, counted) = cluster.collect_on(2, &parts, 0).unwrap();
        assert_eq!(found.len(), 48_000);
        counted.shuffle_remote_bytes_read
    });
    assert!(sizes[0] < sizes[1], "{sizes:?}");
}
