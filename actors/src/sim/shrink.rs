//! Makes a failing case small: parts are taken away as long as it still fails.

use super::plan::{Plan, healing_time};

/// Runs that shrinking may take.
const TRIES: usize = 400;
/// Events after which it begins no more runs: one may have millions of them.
pub(crate) const EVENTS: u64 = 10_000_000;

/// How the run of a smaller plan went.
pub(crate) enum Trial {
    /// It still fails in the same way.
    FailsAlike { events: u64 },
    /// It does not.
    Differs { events: u64 },
    /// Somebody does not want to wait any longer.
    Stopped,
}

/// The smallest plan found that fails alike when it is tried out.
pub(crate) fn shrink(mut plan: Plan, try_out: impl Fn(&Plan) -> Trial) -> Plan {
    let mut trials = Trials { try_out, tries: TRIES, events: EVENTS };
    loop {
        let before = plan.size();
        for part in [Part::Faults, Part::Jobs, Part::Executors] {
            plan = shrink_part(plan, part, &mut trials);
        }
        if plan.size() == before || trials.are_over() {
            return plan;
        }
    }
}

/// The trials that are left.
struct Trials<F> {
    try_out: F,
    tries: usize,
    events: u64,
}

impl<F: Fn(&Plan) -> Trial> Trials<F> {
    fn are_over(&self) -> bool {
        self.tries == 0 || self.events == 0
    }

    fn fails_alike(&mut self, plan: &Plan) -> bool {
        self.tries -= 1;
        // A cluster without executors, or without jobs, proves nothing.
        if plan.executors.is_empty() || plan.jobs.is_empty() {
            return false;
        }
        let (fails_alike, events) = match (self.try_out)(plan) {
            Trial::FailsAlike { events } => (true, events),
            Trial::Differs { events } => (false, events),
            Trial::Stopped => (false, self.events),
        };
        self.events = self.events.saturating_sub(events);
        fails_alike
    }
}

#[derive(Clone, Copy)]
enum Part {
    Faults,
    Jobs,
    Executors,
}

impl Part {
    fn len(self, plan: &Plan) -> usize {
        match self {
            Part::Faults => plan.faults.len(),
            Part::Jobs => plan.jobs.len(),
            Part::Executors => plan.executors.len(),
        }
    }

    fn without(self, plan: &Plan, from: usize, to: usize) -> Plan {
        let mut plan = plan.clone();
        match self {
            Part::Faults => drop(plan.faults.drain(from..to)),
            Part::Jobs => drop(plan.jobs.drain(from..to)),
            Part::Executors => drop(plan.executors.drain(from..to)),
        }
        plan.heals = healing_time(&plan.executors, &plan.jobs, &plan.faults);
        plan
    }
}

/// Takes away halves, then quarters, and so on to single ones.
fn shrink_part(mut plan: Plan, part: Part, trials: &mut Trials<impl Fn(&Plan) -> Trial>) -> Plan {
    let mut chunk = part.len(&plan);
    while chunk > 0 {
        let mut from = 0;
        while from < part.len(&plan) && !trials.are_over() {
            let to = (from + chunk).min(part.len(&plan));
            let smaller = part.without(&plan, from, to);
            if smaller.is_case() && trials.fails_alike(&smaller) {
                plan = smaller;
            } else {
                from = to;
            }
        }
        chunk /= 2;
    }
    plan
}
