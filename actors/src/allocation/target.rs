//! How many executors are asked for.

use std::time::Duration;

use crate::{Time, config::Allocation};

/// The total that is asked for, and how it grows.
#[derive(Clone, Debug)]
pub(super) struct Target {
    min: u32,
    max: u32,
    backlog_timeout: Duration,
    sustained_backlog_timeout: Duration,
    /// How long an answer is awaited.
    ask_timeout: Duration,
    total: u32,
    /// How many are added next: doubled as long as each step is needed in full.
    step: u32,
    /// When more are asked for, while tasks wait.
    add_time: Option<Time>,
    /// Until there is a stage or an idle executor the first total stays, for the job that is to come.
    is_initializing: bool,
    /// The request that was not answered yet; none is sent before, unless no answer comes.
    request: Option<Request>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    total: u32,
    total_before: u32,
    sent: Time,
}

impl Target {
    pub(super) fn new(config: &Allocation, ask_timeout: Duration) -> Self {
        let initial = config.initial_executors.unwrap_or(config.min_executors);
        let sustained = config.sustained_scheduler_backlog_timeout;
        Target {
            min: config.min_executors,
            max: config.max_executors,
            backlog_timeout: config.scheduler_backlog_timeout,
            sustained_backlog_timeout: sustained.unwrap_or(config.scheduler_backlog_timeout),
            ask_timeout,
            total: initial.max(config.min_executors).max(config.executor_instances),
            step: 1,
            add_time: None,
            is_initializing: true,
            request: None,
        }
    }

    /// The total that is asked for.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    pub(super) fn is_initializing(&self) -> bool {
        self.is_initializing
    }

    pub(super) fn set_initialized(&mut self) {
        self.is_initializing = false;
    }

    /// The first request, which is sent as the system starts.
    pub(super) fn request_initial(&mut self, now: Time) -> u32 {
        self.request = Some(Request { total: self.total, total_before: self.total, sent: now });
        self.total
    }

    /// Tasks wait: more executors are asked for if they still do after a while.
    pub(super) fn on_backlog(&mut self, now: Time) {
        self.add_time.get_or_insert(now + self.backlog_timeout);
    }

    /// No task waits.
    pub(super) fn on_queue_empty(&mut self) {
        self.add_time = None;
        self.step = 1;
    }

    /// The total to ask for, if it is another than before.
    pub(super) fn update(&mut self, now: Time, needed: u32, executors: u32) -> Option<u32> {
        if self.is_initializing {
            return None;
        }
        if let Some(request) = self.request {
            if request.sent + self.ask_timeout > now {
                return None;
            }
            self.not_accepted(request);
        }
        let total = if needed < self.total {
            self.step = 1;
            self.lowered(needed)
        } else if self.add_time.is_some_and(|add_time| add_time <= now) {
            self.raised(needed, executors)
        } else {
            return None;
        };
        if total == self.total {
            // What is there suffices, or is all that is allowed: the next time it begins with one again.
            self.step = 1;
            return None;
        }
        self.request = Some(Request { total, total_before: self.total, sent: now });
        self.total = total;
        Some(total)
    }

    /// The answer to the latest request; others are answers to what nobody waits for.
    pub(super) fn on_acknowledged(&mut self, total: u32, is_accepted: bool) {
        let Some(request) = self.request.filter(|request| request.total == total) else { return };
        if !is_accepted {
            return self.not_accepted(request);
        }
        self.request = None;
        if request.total <= request.total_before {
            return;
        }
        let added = request.total - request.total_before;
        tracing::info!(
            "Requesting {added} new executor{} because tasks are backlogged (new desired total will be {total})",
            if added > 1 { "s" } else { "" }
        );
        self.step = if added == self.step { self.step.saturating_mul(2) } else { 1 };
        if let Some(add_time) = &mut self.add_time {
            *add_time = request.sent + self.sustained_backlog_timeout;
        }
    }

    /// A request was refused, or nobody answered it: it is made again if it still is needed.
    fn not_accepted(&mut self, request: Request) {
        tracing::warn!("Unable to reach the cluster manager to request more executors!");
        self.request = None;
        self.total = request.total_before;
    }

    /// When [`update`](Self::update) has something to do; a moment that is over means as soon as may be.
    pub(super) fn next_due(&self, now: Time, needed: u32, executors: u32) -> Option<Time> {
        if self.is_initializing {
            None
        } else if let Some(request) = self.request {
            Some(request.sent + self.ask_timeout)
        } else if needed < self.total {
            (self.lowered(needed) != self.total).then_some(now)
        } else {
            self.add_time.filter(|add_time| *add_time > now || self.raised(needed, executors) != self.total)
        }
    }

    /// Lowered to what is needed.
    fn lowered(&self, needed: u32) -> u32 {
        needed.max(self.min)
    }

    /// Raised by a step from what is there or asked for, if so much is needed and allowed.
    fn raised(&self, needed: u32, executors: u32) -> u32 {
        if self.total >= self.max {
            return self.total;
        }
        self.total.max(executors).saturating_add(self.step).min(needed).min(self.max).max(self.min)
    }
}
