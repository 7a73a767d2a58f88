//! What the command line asks of the bench executable. It reads arguments only; `main` acts on them.

use std::ffi::OsString;

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    /// Run the benches whose name contains one of these, all of them if there are none; and how many bytes the
    /// benches that spill work on, if not as many as usual.
    Run(Vec<String>, Option<u64>),
    /// Print the names of the benches.
    List,
    /// Be the child program of this name, with these arguments.
    Child(String, Vec<String>),
}

impl Request {
    /// Reads the arguments that follow the executable's name.
    ///
    /// # Errors
    /// A text for the user: an option that does not exist, a missing name, or an argument that is not UTF-8.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut names = Vec::new();
        let mut list = false;
        let mut spill_bytes = None;
        let mut arguments = arguments.into_iter().map(|argument| {
            argument.into_string().map_err(|argument| format!("the argument {argument:?} is not UTF-8"))
        });
        while let Some(argument) = arguments.next() {
            match argument?.as_str() {
                // Cargo passes it to every bench executable.
                "--bench" => {}
                "--list" => list = true,
                "--spill-mib" => {
                    let size = arguments.next().ok_or("--spill-mib needs a number of MiB")??;
                    let mib = size.parse::<u64>().ok().filter(|mib| (1..1 << 40).contains(mib));
                    spill_bytes = Some(
                        mib.ok_or_else(|| format!("--spill-mib takes a whole number from 1, not {size:?}"))?
                            << 20,
                    );
                }
                "--child" => {
                    let name = arguments.next().ok_or("--child needs the name of a child program")??;
                    return Ok(Self::Child(name, arguments.collect::<Result<_, _>>()?));
                }
                option if option.starts_with('-') => {
                    return Err(format!(
                        "no option {option}; usage: cargo bench -- [--list] [--spill-mib N] [NAME...]"
                    ));
                }
                name => names.push(name.to_owned()),
            }
        }
        Ok(if list { Self::List } else { Self::Run(names, spill_bytes) })
    }
}
