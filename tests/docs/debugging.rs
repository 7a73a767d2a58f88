//! The commands of `docs/debugging.md` print what the document says they do.
//!
//! A block of kind `console` has commands, which begin with `$ `, and behind each what it prints. The commands run one
//! after the other, in one folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{document, generated::assert_is};

const NAME: &str = "docs/debugging.md";
const EXAMPLE: &str = "cargo run --example debugging -- ";

/// Where cargo puts examples: beside the folder of this executable. It builds them for `cargo test`, not for
/// `cargo test --test docs`.
fn example() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let name = format!("debugging{}", std::env::consts::EXE_SUFFIX);
    let path = own.parent()?.parent()?.join("examples").join(name);
    path.exists().then_some(path)
}

/// The words of a command line; what is within single quotes is one.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in command.split('\'').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// What a command prints. `| head -N` behind it keeps N lines.
fn output(command: &str, example: &Path, folder: &Path) -> String {
    let (command, lines) = match command.split_once(" | head -") {
        Some((command, lines)) => (command, lines.parse().unwrap()),
        None => (command, usize::MAX),
    };
    let (program, args) = match command.strip_prefix(EXAMPLE) {
        Some(args) => (example, args),
        None => (Path::new(env!("CARGO_BIN_EXE_firesteel")), command.strip_prefix("firesteel ").unwrap()),
    };
    let mut run = Command::new(program);
    run.args(words(args)).current_dir(folder).env_remove("RUST_BACKTRACE").env_remove("NO_COLOR");
    let output = run.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {}: {errors}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().take(lines).map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_commands_of_the_tutorial_print_what_it_says() {
    let Some(example) = example() else {
        eprintln!("the example `debugging` is not built; `cargo build --example debugging` does that");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // The commands name it from the root of the repository.
    let pools = "examples/debugging/pools-with-share.xml";
    std::fs::create_dir_all(folder.path().join(pools).parent().unwrap()).unwrap();
    std::fs::write(folder.path().join(pools), document(pools)).unwrap();
    let (mut text, mut in_block, mut commands) = (String::new(), false, 0);
    for line in document(NAME).lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ => {}
        }
        match line.strip_prefix("$ ").filter(|_| in_block) {
            Some(command) => {
                commands += 1;
                text += &format!("{line}\n{}", output(command, &example, folder.path()));
            }
            // What a command printed when the document was written.
            None if in_block && line != "```console" => {}
            None => text += &format!("{line}\n"),
        }
    }
    assert!(commands > 10, "{commands}");
    assert_is(NAME, &text);
}
