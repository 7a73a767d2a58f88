//! The copy that is served.

use super::*;

#[test]
fn mot_001_a_tracker_that_was_told_nothing_knows_no_shuffle() {
    let mut tracker = tracker();
    assert_eq!(told(&mut tracker), None);
    tracker.finish();
}

#[test]
fn mot_006_the_outputs_are_the_answer_itself() {
    let mut tracker = tracker();
    let outputs = [output(1, &[10, 20]), None, output(2, &[0, 5])];
    assert_eq!(tracker.tell(register(3, &outputs)), NOTHING);
    assert_eq!(ask(&mut tracker), MapOutputStatuses { shuffle_id: SHUFFLE, statuses: Some(outputs.into()) });
}

#[test]
fn mot_004_two_losses_at_once_leave_the_rest() {
    let mut tracker = tracker();
    let outputs = [output(1, &[1]), output(2, &[1]), output(3, &[1])];
    assert_eq!(tracker.tell(register(1, &outputs)), NOTHING);
    assert_eq!(tracker.tell(unregister(2, &[0])), NOTHING);
    assert_eq!(tracker.tell(unregister(3, &[1])), NOTHING);
    assert_eq!(told(&mut tracker), Some(vec![None, None, Some(3)]));
}

#[test]
fn mot_027_what_is_gone_may_go_again() {
    let mut tracker = tracker();
    assert_eq!(tracker.tell(unregister(1, &[0])), NOTHING, "of a shuffle that is not known");
    assert_eq!(told(&mut tracker), None);
    assert_eq!(tracker.tell(register(2, &[output(1, &[1]), output(2, &[1])])), NOTHING);
    for epoch in [3, 3, 4] {
        assert_eq!(tracker.tell(unregister(epoch, &[1, 1, 7])), NOTHING);
        assert_eq!(told(&mut tracker), Some(vec![Some(1), None]));
    }
}

#[test]
fn an_output_alone_changes_nothing_else() {
    let mut tracker = tracker();
    assert_eq!(tracker.tell(register_one(1, 0, 4)), NOTHING, "of a shuffle that is not known");
    assert_eq!(told(&mut tracker), None);
    assert_eq!(tracker.tell(register(2, &[output(1, &[1]), None])), NOTHING);
    let answer = ask(&mut tracker);
    assert_eq!(tracker.tell(register_one(2, 0, 4)), NOTHING);
    assert_eq!(tracker.tell(register_one(3, 1, 5)), NOTHING);
    assert_eq!(tracker.tell(register_one(3, 2, 6)), NOTHING, "there is no such partition");
    assert_eq!(tracker.tell(register_one(2, 0, 7)), NOTHING, "of an older epoch");
    assert_eq!(told(&mut tracker), Some(vec![Some(4), Some(5)]));
    assert_eq!(answer.statuses.as_deref(), Some(&[output(1, &[1]), None][..]), "it was on its way");
}

#[test]
fn messages_of_an_older_epoch_change_nothing() {
    let mut tracker = tracker();
    assert_eq!(tracker.tell(register(5, &[output(1, &[1])])), NOTHING);
    assert_eq!(tracker.tell(unregister(4, &[0])), NOTHING);
    assert_eq!(tracker.tell(register(4, &[None])), NOTHING);
    assert_eq!(told(&mut tracker), Some(vec![Some(1)]));
    assert_eq!(tracker.tell(register(5, &[output(2, &[1])])), NOTHING, "the same epoch is not older");
    assert_eq!(told(&mut tracker), Some(vec![Some(2)]));
}

#[test]
fn a_loss_does_not_change_an_answer_on_its_way() {
    let mut tracker = tracker();
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    let answer = ask(&mut tracker);
    assert_eq!(tracker.tell(unregister(2, &[0])), NOTHING);
    assert_eq!(answer.statuses.as_deref(), Some(&[output(1, &[1])][..]));
    assert_eq!(told(&mut tracker), Some(vec![None]));
}

#[test]
fn a_shuffle_that_is_removed_is_not_known() {
    let mut tracker = tracker();
    assert_eq!(tracker.tell(register(1, &[output(1, &[1])])), NOTHING);
    assert_eq!(tracker.tell(UnregisterShuffle { shuffle_id: ShuffleId(11) }), NOTHING, "another");
    assert_eq!(told(&mut tracker), Some(vec![Some(1)]));
    assert_eq!(tracker.tell(UnregisterShuffle { shuffle_id: SHUFFLE }), NOTHING);
    assert_eq!(told(&mut tracker), None);
}
