//! Makes a failing case small: parts are taken away as long as it still fails.

use super::plan::{Plan, healing_time};

/// Runs that shrinking may take.
const TRIES: usize = 400;

/// The smallest plan found for which `fails` still holds.
pub(crate) fn shrink(mut plan: Plan, fails: impl Fn(&Plan) -> bool) -> Plan {
    let mut tries = TRIES;
    loop {
        let before = plan.size();
        for part in [Part::Faults, Part::Jobs, Part::Executors] {
            plan = shrink_part(plan, part, &fails, &mut tries);
        }
        if plan.size() == before || tries == 0 {
            return plan;
        }
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
fn shrink_part(mut plan: Plan, part: Part, fails: &impl Fn(&Plan) -> bool, tries: &mut usize) -> Plan {
    let mut chunk = part.len(&plan);
    while chunk > 0 {
        let mut from = 0;
        while from < part.len(&plan) && *tries > 0 {
            let to = (from + chunk).min(part.len(&plan));
            let smaller = part.without(&plan, from, to);
            *tries -= 1;
            if smaller.is_case() && fails(&smaller) {
                plan = smaller;
            } else {
                from = to;
            }
        }
        chunk /= 2;
    }
    plan
}
