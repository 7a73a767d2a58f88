//! How deep values may be nested, on both sides.

use super::*;

of_both_widths! {
    options_are_levels,
    every_variant_is_a_level_even_without_fields,
    sequences_and_maps_are_levels,
    structs_and_tuples_are_none,
    levels_that_were_left_do_not_count,
}

#[derive(Debug, Serialize, Deserialize)]
struct List(Option<Box<List>>);

fn list(depth: u32) -> List {
    (0..depth).fold(List(None), |rest, _| List(Some(Box::new(rest))))
}

fn too_deep<W: Widths>() -> CodecErrorKind {
    CodecErrorKind::TooDeep(W::MAX_DEPTH)
}

fn options_are_levels<W: Widths>() {
    let most = bytes_of::<W, _>(&list(W::MAX_DEPTH));
    assert!(read::<W, List>(&most).is_ok());
    assert_eq!(fault(encode::<W, _>(&list(W::MAX_DEPTH + 1), &mut Vec::new())), too_deep::<W>());
    assert_eq!(fault(read::<W, List>(&[&[1], &*most].concat())), too_deep::<W>());
    assert_eq!(fault(read::<W, List>(&[1; 1_000_000])), too_deep::<W>());
}

#[derive(Debug, Serialize, Deserialize)]
enum Chain {
    Nil,
    Cons(Box<Chain>),
}

fn chain(depth: u32) -> Chain {
    (0..depth).fold(Chain::Nil, |rest, _| Chain::Cons(Box::new(rest)))
}

fn every_variant_is_a_level_even_without_fields<W: Widths>() {
    let most = bytes_of::<W, _>(&chain(W::MAX_DEPTH - 1));
    assert!(read::<W, Chain>(&most).is_ok());
    assert_eq!(fault(encode::<W, _>(&chain(W::MAX_DEPTH), &mut Vec::new())), too_deep::<W>());
    assert_eq!(fault(read::<W, Chain>(&[&[1], &*most].concat())), too_deep::<W>());
}

#[derive(Debug, Serialize, Deserialize)]
struct Tree(Vec<Tree>);

#[derive(Debug, Serialize, Deserialize)]
struct Maps(BTreeMap<u8, Maps>);

fn sequences_and_maps_are_levels<W: Widths>() {
    let tree = |depth| (1..depth).fold(Tree(vec![]), |rest, _| Tree(vec![rest]));
    let maps = |depth| (1..depth).fold(Maps(BTreeMap::new()), |rest, _| Maps([(0, rest)].into()));
    assert!(read::<W, Tree>(&bytes_of::<W, _>(&tree(W::MAX_DEPTH))).is_ok());
    assert!(read::<W, Maps>(&bytes_of::<W, _>(&maps(W::MAX_DEPTH))).is_ok());
    assert_eq!(fault(encode::<W, _>(&tree(W::MAX_DEPTH + 1), &mut Vec::new())), too_deep::<W>());
    assert_eq!(fault(encode::<W, _>(&maps(W::MAX_DEPTH + 1), &mut Vec::new())), too_deep::<W>());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped {
    list: ((Option<Box<Wrapped>>,),),
}

fn structs_and_tuples_are_none<W: Widths>() {
    let none = Wrapped { list: ((None,),) };
    let value = (0..W::MAX_DEPTH).fold(none, |rest, _| Wrapped { list: ((Some(Box::new(rest)),),) });
    assert_eq!(read::<W, Wrapped>(&bytes_of::<W, _>(&value)), Ok(value));
}

fn levels_that_were_left_do_not_count<W: Widths>() {
    let many: Vec<_> = (0..=W::MAX_DEPTH).map(|_| sample().forms).collect();
    assert_eq!(read::<W, Vec<Vec<Form>>>(&bytes_of::<W, _>(&many)), Ok(many));
}
