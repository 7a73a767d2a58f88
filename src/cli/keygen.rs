//! `firesteel keygen`: a new secret for the processes of a cluster.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::transport::{Secret, TransportError};

/// Writes a new secret to a file.
#[derive(Debug, Args)]
pub(super) struct KeygenArgs {
    /// A file that does not exist yet. Only its owner may read it.
    file: PathBuf,
}

pub(super) fn run(args: &KeygenArgs) -> ExitCode {
    match generate(args) {
        Ok(()) => {
            eprintln!(
                "A new secret is in {}. The driver and every executor need the same; whoever has it may run code on them.",
                args.file.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            match error.source() {
                Some(source) => eprintln!("firesteel: {error}: {source}"),
                None => eprintln!("firesteel: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn generate(args: &KeygenArgs) -> Result<(), TransportError> {
    Secret::generate()?.write_file(&args.file)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, run};

    #[test]
    fn a_new_secret_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        let keygen = || Cli::try_parse_from(["firesteel", "keygen", file.to_str().unwrap()]).unwrap();
        assert_eq!(run(keygen()), ExitCode::SUCCESS);
        let secret = Secret::from_file(&file).unwrap();
        assert_eq!(run(keygen()), ExitCode::FAILURE);
        assert_eq!(Secret::from_file(&file).unwrap().expose(), secret.expose());
    }
}
