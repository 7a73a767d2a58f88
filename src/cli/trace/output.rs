//! Where lines go: to standard output, or through a pager if that is a terminal.

use std::{
    env,
    io::{self, BufWriter, IsTerminal, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use clap::ValueEnum;

/// When lines have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    pub(super) fn is_on(self) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                io::stdout().is_terminal()
                    && !refused
                    && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Takes lines.
pub(super) enum Output {
    Direct(BufWriter<io::Stdout>),
    Paged { pager: Child, input: Option<BufWriter<ChildStdin>> },
}

/// Ctrl-C was pressed while a pager has the terminal. The pager stays: it must not lose the terminal to the shell.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

impl Output {
    /// Through a pager if one is wanted, output goes to a terminal, and there is a pager.
    pub(super) fn open(pages: bool) -> Self {
        let direct = || Output::Direct(BufWriter::new(io::stdout()));
        if !pages || !io::stdout().is_terminal() {
            return direct();
        }
        let Some(mut pager) = pager().and_then(|mut command| command.stdin(Stdio::piped()).spawn().ok())
        else {
            return direct();
        };
        // Without a handler Ctrl-C ends this process and not the pager: less nice, but nothing is lost.
        ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).ok();
        let input = pager.stdin.take().map(BufWriter::new);
        Output::Paged { pager, input }
    }

    /// Whether the user has seen enough.
    pub(super) fn is_interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::Relaxed)
    }

    /// Writes what is left, and waits until the pager has been closed.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.flush();
        if let Output::Paged { pager, input } = &mut self {
            drop(input.take());
            pager.wait()?;
        }
        flushed
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Direct(out) => out.write(bytes),
            Output::Paged { input: Some(input), .. } => input.write(bytes),
            Output::Paged { input: None, .. } => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Direct(out) => out.flush(),
            Output::Paged { input: Some(input), .. } => input.flush(),
            Output::Paged { input: None, .. } => Ok(()),
        }
    }
}

/// `$PAGER`, or less; none if `$PAGER` is empty or `cat`.
fn pager() -> Option<Command> {
    match env::var_os("PAGER") {
        None => {
            let mut less = Command::new("less");
            less.arg("-RFX");
            Some(less)
        }
        Some(pager) if pager.is_empty() || pager == "cat" => None,
        Some(pager) => {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(pager);
            // It may be less, which then shows colours, and ends by itself when all fits on the screen.
            if env::var_os("LESS").is_none() {
                shell.env("LESS", "RFX");
            }
            Some(shell)
        }
    }
}
