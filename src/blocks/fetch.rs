//! A reduce task's fetch: its parts of all map outputs, from this executor's store and from other executors.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Release},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use firesteel_actors::{ExecutorId, ShuffleId, config::FetchConfig, map_outputs::ShuffleBlock as Located};

use super::{
    FetchError, Remote,
    answer::StreamReader,
    landing::{Held, Landing},
    link::Link,
    locations::KILL_CHECK,
    parts::{Event, PartsAnswer, PartsReader, What},
    protocol::{MAX_BLOCKS, Refusal, Wanted},
};
use crate::{
    shuffle::{FetchedFrom, Kept, ShuffleBlock, typed_block},
    spill::SpillFile,
    task::{FetchFailure, TaskContext, TaskError},
};

impl Remote {
    /// A reducer's blocks by map partition, those with nothing for it left out. Returns when all are there.
    pub(crate) fn read_blocks<B: ShuffleBlock>(
        &self,
        shuffle_id: ShuffleId,
        num_maps: usize,
        reduce: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Vec<Arc<B>>, TaskError> {
        let reduce_id = reduce as u32;
        let begun = Instant::now();
        let ranges = (0..num_maps as u32, reduce_id..reduce_id.saturating_add(1));
        let located = self.locations.blocks(shuffle_id, ranges, task, || {
            (self.ask)(task.control(), shuffle_id).map_err(TaskError::from)
        })?;
        let mut found: Vec<(u32, Arc<B>)> = Vec::new();
        let mut fetch = Fetch::new(self, shuffle_id, reduce, task);
        for (executor_id, blocks) in located {
            if executor_id == task.executor_id() {
                for block in blocks {
                    found.push((block.map_index, own_block(shuffle_id, &block, task)?));
                }
            } else {
                fetch.add(executor_id, blocks);
            }
        }
        task.metrics.shuffle_local_blocks_fetched(found.len() as u64);
        if !fetch.blocks.is_empty() {
            fetch.run(|from, file| {
                found.push((from.map_index, Arc::new(B::of_kept(Kept::fetched(file, from)))))
            })?;
            let waited = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
            task.metrics.shuffle_fetch_wait_time(waited);
        }
        found.sort_unstable_by_key(|(map_index, _)| *map_index);
        Ok(found.into_iter().map(|(_, block)| block).collect())
    }
}

/// A block that this executor has itself.
fn own_block<B: ShuffleBlock>(
    shuffle_id: ShuffleId,
    block: &Located,
    task: &TaskContext,
) -> Result<Arc<B>, TaskError> {
    let refusal = match task.env.shuffles.block(shuffle_id, block.map_index) {
        Some((map_id, found)) if map_id == block.map_id => match typed_block(found) {
            Some(found) => return Ok(found),
            None => Refusal::NoOutput,
        },
        Some((map_id, _)) => Refusal::OtherAttempt(map_id),
        None => Refusal::NoOutput,
    };
    let executor_id = task.executor_id();
    Err(failure(shuffle_id, executor_id, block, &FetchError::Refused { executor_id, refusal }))
}

fn failure(shuffle_id: ShuffleId, executor_id: ExecutorId, block: &Located, error: &FetchError) -> TaskError {
    let Located { map_id, map_index, reduce_id, .. } = *block;
    let message = format!(
        "cannot fetch the part for reducer {reduce_id} of map output {map_index} of shuffle {shuffle_id}: {error}"
    );
    tracing::warn!("{message}");
    let (executor_id, map_id, map_index) = (Some(executor_id), Some(map_id), Some(map_index));
    FetchFailure { executor_id, shuffle_id, map_id, map_index, reduce_id, message }.into()
}

/// A block that another executor has.
struct Wish {
    executor_id: ExecutorId,
    block: Located,
    /// Whether it came damaged once.
    was_damaged: bool,
}

/// Blocks that are asked for in one request.
struct Planned {
    executor_id: ExecutorId,
    blocks: Vec<usize>,
    /// How often it was tried.
    tries: u32,
    not_before: Option<Instant>,
}

/// A request that is on its way.
struct OnWay {
    planned: Planned,
    link: Arc<Link>,
    id: u64,
}

/// What is to be fetched from other executors, and what is on its way.
struct Fetch<'r> {
    remote: &'r Remote,
    shuffle_id: ShuffleId,
    reduce: usize,
    task: &'r Arc<TaskContext>,
    blocks: Vec<Wish>,
    by_executor: Vec<(ExecutorId, Vec<usize>)>,
    queue: VecDeque<Planned>,
    on_way: BTreeMap<u64, OnWay>,
    /// Sizes of all blocks on their way, and how many of each executor.
    bytes_on_way: u64,
    per_address: BTreeMap<ExecutorId, usize>,
    next_serial: u64,
    sender: Sender<Event>,
    events: Receiver<Event>,
    landing: Arc<Landing>,
    abandoned: Arc<AtomicBool>,
}

impl<'r> Fetch<'r> {
    fn new(remote: &'r Remote, shuffle_id: ShuffleId, reduce: usize, task: &'r Arc<TaskContext>) -> Self {
        let (sender, events) = channel();
        Fetch {
            remote,
            shuffle_id,
            reduce,
            task,
            blocks: Vec::new(),
            by_executor: Vec::new(),
            queue: VecDeque::new(),
            on_way: BTreeMap::new(),
            bytes_on_way: 0,
            per_address: BTreeMap::new(),
            next_serial: 0,
            sender,
            events,
            landing: Landing::new(task, remote.config.max_block_in_memory),
            abandoned: Arc::default(),
        }
    }

    fn config(&self) -> &FetchConfig {
        &self.remote.config
    }

    fn add(&mut self, executor_id: ExecutorId, blocks: Vec<Located>) {
        let first = self.blocks.len();
        self.blocks.extend(blocks.into_iter().map(|block| Wish { executor_id, block, was_damaged: false }));
        self.by_executor.push((executor_id, (first..self.blocks.len()).collect()));
    }

    fn size(&self, block: usize) -> u64 {
        self.blocks.get(block).map_or(0, |wish| wish.block.size)
    }

    fn bytes(&self, planned: &Planned) -> u64 {
        planned.blocks.iter().map(|block| self.size(*block)).sum()
    }

    /// Cuts what is wanted into requests: five of them may be on their way, from five executors. Reducers begin with
    /// different executors.
    fn plan(&mut self) {
        let most_bytes = (self.config().max_bytes_in_flight / 5).max(1);
        let most_blocks = (self.config().max_blocks_per_address as usize).min(MAX_BLOCKS);
        let mut by_executor = std::mem::take(&mut self.by_executor);
        let begin = self.reduce.checked_rem(by_executor.len()).unwrap_or(0);
        by_executor.rotate_left(begin);
        let mut requests = Vec::new();
        for (executor_id, blocks) in by_executor {
            let (mut some, mut bytes) = (Vec::new(), 0);
            let mut round = 0;
            for block in blocks {
                bytes += self.size(block);
                some.push(block);
                if bytes >= most_bytes || some.len() >= most_blocks {
                    let blocks = std::mem::take(&mut some);
                    requests.push((round, Planned { executor_id, blocks, tries: 0, not_before: None }));
                    (bytes, round) = (0, round + 1);
                }
            }
            if !some.is_empty() {
                requests.push((round, Planned { executor_id, blocks: some, tries: 0, not_before: None }));
            }
        }
        // The first of each executor, then the second of each.
        requests.sort_by_key(|(round, _)| *round);
        self.queue.extend(requests.into_iter().map(|(_, planned)| planned));
    }

    /// Fetches everything.
    fn run(&mut self, mut came: impl FnMut(FetchedFrom, SpillFile)) -> Result<(), TaskError> {
        self.plan();
        loop {
            self.task.kill_task_if_interrupted();
            self.send_requests()?;
            if self.queue.is_empty() && self.on_way.is_empty() {
                return Ok(());
            }
            match self.events.recv_timeout(self.patience()) {
                Ok(event) => self.on_event(event, &mut came)?,
                // There is always a sender: this has one.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// How long to wait for an event at most.
    fn patience(&self) -> Duration {
        let now = Instant::now();
        // What is due already waits for room, and so for an event.
        let next = self.queue.iter().filter_map(|planned| planned.not_before?.checked_duration_since(now));
        next.filter(|wait| !wait.is_zero()).min().unwrap_or(KILL_CHECK).min(KILL_CHECK)
    }

    /// Sends what the limits allow.
    fn send_requests(&mut self) -> Result<(), TaskError> {
        let now = Instant::now();
        let mut later = VecDeque::new();
        while let Some(planned) = self.queue.pop_front() {
            let is_due = planned.not_before.is_none_or(|due| due <= now);
            if is_due && self.has_room(&planned) {
                self.send(planned)?;
            } else {
                later.push_back(planned);
            }
        }
        self.queue = later;
        Ok(())
    }

    fn has_room(&self, planned: &Planned) -> bool {
        if self.on_way.is_empty() {
            return true;
        }
        let at_address = self.per_address.get(&planned.executor_id).copied().unwrap_or(0);
        let bytes = self.bytes_on_way.saturating_add(self.bytes(planned));
        self.on_way.len() < self.config().max_requests_in_flight as usize
            && bytes <= self.config().max_bytes_in_flight
            && (at_address == 0
                || at_address + planned.blocks.len() <= self.config().max_blocks_per_address as usize)
    }

    fn send(&mut self, planned: Planned) -> Result<(), TaskError> {
        let executor_id = planned.executor_id;
        let link = match self.remote.directory.link(executor_id) {
            Ok(link) => link,
            Err(error) => return self.try_again(planned, error),
        };
        let wishes =
            planned.blocks.iter().filter_map(|block| self.blocks.get(*block).map(|wish| (*block, wish)));
        let blocks: Vec<_> =
            wishes.map(|(block, wish)| (block, wish.block.map_index, wish.block.map_id)).collect();
        let (shuffle_id, reduce) = (self.shuffle_id, self.reduce as u32);
        let maps = blocks.iter().map(|(_, map_index, map_id)| (*map_index, *map_id)).collect();
        let serial = self.next_serial;
        self.next_serial += 1;
        let answered = PartsAnswer {
            stream: StreamReader::new(executor_id),
            parts: PartsReader {
                serial,
                executor_id,
                shuffle_id,
                reduce: self.reduce,
                blocks: blocks.into_iter().rev().collect(),
                current: None,
                landing: self.landing.clone(),
                events: self.sender.clone(),
                abandoned: self.abandoned.clone(),
            },
        };
        self.bytes_on_way += self.bytes(&planned);
        *self.per_address.entry(executor_id).or_default() += planned.blocks.len();
        self.landing.make_room(self.bytes(&planned));
        let id = link.request(Wanted::Parts { shuffle_id, reduce, maps }, Box::new(answered));
        self.on_way.insert(serial, OnWay { planned, link, id });
        Ok(())
    }

    /// A block is on its way no more.
    fn arrived(&mut self, serial: u64, block: usize) {
        let size = self.size(block);
        let Some(on_way) = self.on_way.get_mut(&serial) else { return };
        on_way.planned.blocks.retain(|other| *other != block);
        self.bytes_on_way = self.bytes_on_way.saturating_sub(size);
        if let Some(count) = self.per_address.get_mut(&on_way.planned.executor_id) {
            *count = count.saturating_sub(1);
        }
    }

    fn on_event(
        &mut self,
        Event { serial, what }: Event,
        came: &mut impl FnMut(FetchedFrom, SpillFile),
    ) -> Result<(), TaskError> {
        match what {
            What::Came { block, file, bytes, held } => {
                self.arrived(serial, block);
                self.on_block(block, file, bytes, held, came)
            }
            What::Refused { block, refusal } => {
                self.arrived(serial, block);
                Err(self.refused(block, refusal))
            }
            What::Ended(result) => {
                let Some(on_way) = self.on_way.get(&serial) else { return Ok(()) };
                for block in on_way.planned.blocks.clone() {
                    self.bytes_on_way = self.bytes_on_way.saturating_sub(self.size(block));
                }
                let Some(OnWay { planned, .. }) = self.on_way.remove(&serial) else { return Ok(()) };
                if let Some(count) = self.per_address.get_mut(&planned.executor_id) {
                    *count = count.saturating_sub(planned.blocks.len());
                }
                match result {
                    Err(error) if !planned.blocks.is_empty() => self.try_again(planned, error),
                    _ => Ok(()),
                }
            }
        }
    }

    fn refused(&self, block: usize, refusal: Refusal) -> TaskError {
        match self.blocks.get(block) {
            Some(wish) => {
                let executor_id = wish.executor_id;
                let error = FetchError::Refused { executor_id, refusal };
                failure(self.shuffle_id, executor_id, &wish.block, &error)
            }
            None => TaskError::User(refusal.to_string()),
        }
    }

    /// A block has come: looks at its checksums, and asks once more if they do not hold.
    fn on_block(
        &mut self,
        block: usize,
        file: SpillFile,
        bytes: u64,
        held: Option<Held>,
        came: &mut impl FnMut(FetchedFrom, SpillFile),
    ) -> Result<(), TaskError> {
        let Some(wish) = self.blocks.get_mut(block) else { return Ok(()) };
        let Located { map_id, map_index, .. } = wish.block;
        if let Err(error) = verify(&file) {
            if wish.was_damaged {
                return Err(self.refused(block, Refusal::Unreadable(error.to_string())));
            }
            wish.was_damaged = true;
            tracing::warn!("{error}: it is fetched once more");
            let planned =
                Planned { executor_id: wish.executor_id, blocks: vec![block], tries: 0, not_before: None };
            self.queue.push_front(planned);
            return Ok(());
        }
        let metrics = &self.task.metrics;
        metrics.shuffle_remote_blocks_fetched(1);
        metrics.shuffle_remote_bytes_read(bytes);
        metrics.shuffle_total_bytes_read(bytes);
        if held.is_none() {
            metrics.shuffle_remote_bytes_read_to_disk(bytes);
        }
        let _held = held.map(|held| Box::new(held) as Box<dyn Send + Sync>);
        let executor_id = wish.executor_id;
        came(FetchedFrom { executor_id, shuffle_id: self.shuffle_id, map_index, map_id, _held }, file);
        Ok(())
    }

    /// A request has failed, and some of its blocks have not come.
    fn try_again(&mut self, mut planned: Planned, error: FetchError) -> Result<(), TaskError> {
        if let FetchError::Spill(error) = error {
            return Err(error.into());
        }
        if !error.may_pass() || planned.tries >= self.config().max_retries {
            let wish = planned.blocks.first().and_then(|block| self.blocks.get(*block));
            return Err(match wish {
                Some(wish) => failure(self.shuffle_id, wish.executor_id, &wish.block, &error),
                None => TaskError::User(error.to_string()),
            });
        }
        let wait = backoff(self.config(), planned.tries);
        planned.tries += 1;
        let (tries, most) = (planned.tries, self.config().max_retries);
        tracing::info!("{error}: trying again in {wait:?} ({tries} of {most})");
        planned.not_before = Instant::now().checked_add(wait);
        self.queue.push_back(planned);
        Ok(())
    }
}

/// How long to wait before the next try.
pub(super) fn backoff(config: &FetchConfig, tries: u32) -> Duration {
    config.retry_wait.saturating_mul(1u32.checked_shl(tries).unwrap_or(u32::MAX))
}

/// Looks at the checksums of what came.
pub(super) fn verify(file: &SpillFile) -> Result<(), crate::spill::SpillError> {
    let shape = file.fetched_parts();
    (0..file.runs()).try_for_each(|run| shape.clone().try_for_each(|part| file.verify_frames(run, part)))
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        self.abandoned.store(true, Release);
        for on_way in self.on_way.values() {
            on_way.link.abandon(on_way.id);
        }
    }
}
