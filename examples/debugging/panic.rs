//! Two hundred orders in eight partitions, of which one is not written as the others.

use std::path::Path;

use firesteel::Context;

use crate::Seen;

#[expect(clippy::panic, reason = "this is what goes wrong")]
pub(crate) fn run(trace: &Path, settings: &[(String, String)]) -> Seen {
    let mut builder = Context::builder().master("local[2,2]").trace(trace);
    for (key, value) in settings {
        builder = builder.config(key, value);
    }
    let (context, mut system) = builder.start_sim(1)?;
    let mut orders: Vec<String> = (0..200).map(|number| format!("{number},{}", 3 * number)).collect();
    orders[137] = "137;411".to_owned();
    let prices = context.parallelize(orders, 8).map(|order: String| {
        let price = order.split(',').nth(1).and_then(|price| price.parse::<u64>().ok());
        price.unwrap_or_else(|| panic!("no price in the order {order:?}"))
    });
    match system.block_on(prices.collect_async())? {
        Ok(prices) => Ok(format!("{} prices", prices.len())),
        Err(error) => Ok(format!("the job failed: {error}")),
    }
}
