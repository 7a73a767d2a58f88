//! The arguments of `APP executor`, and the variables that stand for them. By hand: a program that can be an executor
//! need not have a library for its command line.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use firesteel_actors::{Config, ConfigError, ExecutorId};

/// The argument that says what the process is to be.
const COMMAND: &str = "executor";

/// An option.
struct Setting {
    name: &'static str,
    value: &'static str,
    variable: &'static str,
    meaning: &'static str,
}

const DRIVER: Setting = Setting {
    name: "--driver",
    value: "HOST:PORT",
    variable: "FIRESTEEL_DRIVER",
    meaning: "where the driver listens",
};
const SECRET_FILE: Setting = Setting {
    name: "--secret-file",
    value: "FILE",
    variable: "FIRESTEEL_SECRET_FILE",
    meaning: "the file with the secret that the driver has too",
};
const CORES: Setting = Setting {
    name: "--cores",
    value: "N",
    variable: "FIRESTEEL_CORES",
    meaning: "task threads (default: as many as the machine has)",
};
const MEMORY: Setting = Setting {
    name: "--memory",
    value: "SIZE",
    variable: "FIRESTEEL_MEMORY",
    meaning: "memory, such as 2g (default: half of what the machine has)",
};
const HOST: Setting = Setting {
    name: "--host",
    value: "NAME",
    variable: "FIRESTEEL_HOST",
    meaning: "the name or address of this machine for others (default: that of the connection)",
};
const ID: Setting = Setting {
    name: "--id",
    value: "N",
    variable: "FIRESTEEL_EXECUTOR_ID",
    meaning: "the executor's id (default: the driver gives one)",
};
const WORK_DIR: Setting = Setting {
    name: "--work-dir",
    value: "DIR",
    variable: "FIRESTEEL_WORK_DIR",
    meaning: "where it makes its directory (default: that for temporary files)",
};

const OPTIONS: [&Setting; 7] = [&DRIVER, &SECRET_FILE, &CORES, &MEMORY, &HOST, &ID, &WORK_DIR];

/// The most task threads.
const MAX_CORES: u32 = 4096;

/// What an executor is to be, as arguments and variables say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) driver: String,
    pub(super) secret_file: PathBuf,
    pub(super) cores: Option<u32>,
    pub(super) memory: Option<u64>,
    pub(super) host: Option<String>,
    pub(super) id: Option<ExecutorId>,
    pub(super) work_dir: Option<PathBuf>,
}

/// What arguments say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    NotForUs,
    Help,
    Bad(String),
    Run(Arguments),
}

/// Reads the arguments behind the program's name.
pub(super) fn read(
    args: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Read {
    let mut args = args.into_iter();
    if args.next().is_none_or(|first| first != COMMAND) {
        return Read::NotForUs;
    }
    let args: Vec<OsString> = args.collect();
    let is_help = |arg: &OsString| arg == "--help" || arg == "-h";
    let names_driver = |arg: &OsString| {
        let arg = arg.to_string_lossy();
        arg.strip_prefix(DRIVER.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    // Else the program has an argument of that name.
    let has_driver = args.iter().any(names_driver) || variable(DRIVER.variable).is_some();
    if args.first().is_some_and(is_help) || (has_driver && args.iter().any(is_help)) {
        return Read::Help;
    }
    if !has_driver {
        return Read::NotForUs;
    }
    match Values::of(args).and_then(|values| values.read(variable)) {
        Ok(arguments) => Read::Run(arguments),
        Err(problem) => Read::Bad(format!("error: {problem}")),
    }
}

/// The values of options, in the order of `OPTIONS`.
#[derive(Default)]
struct Values([Option<OsString>; OPTIONS.len()]);

impl Values {
    fn of(args: Vec<OsString>) -> Result<Self, String> {
        let mut values = Values::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let text = arg.to_string_lossy();
            let (name, inline) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (&*text, None),
            };
            let Some(at) = OPTIONS.iter().position(|option| option.name == name) else {
                return Err(format!("there is no option {text}"));
            };
            let value = match inline {
                Some(value) => OsString::from(value),
                None => args.next().ok_or_else(|| format!("{name} takes a value: {}", OPTIONS[at].value))?,
            };
            if values.0[at].replace(value).is_some() {
                return Err(format!("{name} was given twice"));
            }
        }
        Ok(values)
    }

    /// Arguments have precedence over variables.
    fn read(self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Arguments, String> {
        let given = |option: &Setting, value: Option<OsString>| {
            let by_variable = || Some((option.variable, variable(option.variable)?));
            value.map(|value| (option.name, value)).or_else(by_variable)
        };
        let [driver, secret_file, cores, memory, host, id, work_dir] = self.0;
        let required = |option: &Setting, value| {
            given(option, value).ok_or_else(|| {
                format!("{} {} is missing (or the variable {})", option.name, option.value, option.variable)
            })
        };
        Ok(Arguments {
            driver: address(required(&DRIVER, driver)?)?,
            secret_file: required(&SECRET_FILE, secret_file)?.1.into(),
            cores: given(&CORES, cores).map(count).transpose()?,
            memory: given(&MEMORY, memory).map(size).transpose()?,
            host: given(&HOST, host).map(text).transpose()?.map(|(_, host)| host),
            id: given(&ID, id).map(executor_id).transpose()?,
            work_dir: given(&WORK_DIR, work_dir).map(|(_, dir)| dir.into()),
        })
    }
}

/// What gave a value, and the value.
type Given = (&'static str, OsString);

fn text((name, value): Given) -> Result<(&'static str, String), String> {
    match value.into_string() {
        Ok(text) if !text.trim().is_empty() => Ok((name, text.trim().to_owned())),
        Ok(_) => Err(format!("{name} is empty")),
        Err(value) => Err(format!("{name} is not a text: {}", value.to_string_lossy())),
    }
}

fn address(given: Given) -> Result<String, String> {
    let (name, text) = text(given)?;
    let address = text.strip_prefix("firesteel://").unwrap_or(&text);
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse().is_ok_and(|port: u16| port > 0) => {
            Ok(address.to_owned())
        }
        _ => Err(format!("{name} takes a host and a port such as driver.example:7077, not {text}")),
    }
}

fn count(given: Given) -> Result<u32, String> {
    let (name, text) = text(given)?;
    let cores = text.parse().ok().filter(|cores| (1..=MAX_CORES).contains(cores));
    cores.ok_or_else(|| format!("{name} takes a number between 1 and {MAX_CORES}, not {text}"))
}

fn executor_id(given: Given) -> Result<ExecutorId, String> {
    let (name, text) = text(given)?;
    let id = text.parse().ok().filter(|id| *id < ExecutorId::DRIVER.0);
    id.map(ExecutorId).ok_or_else(|| format!("{name} takes a number, not {text}"))
}

/// As the setting is read.
fn size(given: Given) -> Result<u64, String> {
    let (name, text) = text(given)?;
    let mut config = Config::default();
    match (config.set("spark.executor.memory", &text), config.memory.executor_memory) {
        (Ok(()), Some(bytes)) => Ok(bytes),
        (Err(ConfigError::BadValue { allowed, .. }), _) => Err(format!("{name} takes {allowed}, not {text}")),
        _ => Err(format!("{name} cannot be {text}")),
    }
}

/// How a program is started as an executor.
pub(super) fn usage(program: &OsStr) -> String {
    let program = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    let mut text = format!(
        "Runs an executor of {program} for a driver that listens (its master is firesteel://HOST:PORT).\n\n\
         Usage: {program} {COMMAND} {} {} {} {} [OPTIONS]\n\n\
         Options, each of which may be given by the variable behind it instead:\n",
        DRIVER.name, DRIVER.value, SECRET_FILE.name, SECRET_FILE.value
    );
    for Setting { name, value, variable, meaning } in OPTIONS {
        let option = format!("{name} {value}");
        text += &format!("  {option:<20} {meaning} [{variable}]\n");
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(args: &[&str], variables: &[(&str, &str)]) -> Read {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        read(args.iter().map(OsString::from), variable)
    }

    fn least() -> Arguments {
        Arguments {
            driver: "host:7077".to_owned(),
            secret_file: "/run/secret".into(),
            cores: None,
            memory: None,
            host: None,
            id: None,
            work_dir: None,
        }
    }

    const LEAST: [&str; 5] = ["executor", "--driver", "host:7077", "--secret-file", "/run/secret"];

    #[test]
    fn a_programs_own_arguments_are_left_to_it() {
        let env = [("FIRESTEEL_DRIVER", "host:7077"), ("FIRESTEEL_SECRET_FILE", "/run/secret")];
        for args in
            [&[][..], &["--help"], &["input.txt", "executor"], &["executor"], &["executor", "--cores", "3"]]
        {
            assert_eq!(read_with(args, &[]), Read::NotForUs, "{args:?}");
        }
        assert_eq!(read_with(&["executor", "--drivers"], &[]), Read::NotForUs);
        assert_eq!(read_with(&[], &env), Read::NotForUs);
        assert_eq!(read_with(&["input.txt"], &env), Read::NotForUs);
        assert_eq!(read_with(&["executor"], &env), Read::Run(least()));
    }

    #[test]
    fn options_come_from_arguments_or_from_variables() {
        assert_eq!(read_with(&LEAST, &[]), Read::Run(least()));
        let all = Arguments {
            cores: Some(4),
            memory: Some(2 << 30),
            host: Some("node-7".to_owned()),
            id: Some(ExecutorId(12)),
            work_dir: Some("/scratch".into()),
            ..least()
        };
        let args = ["--cores=4", "--memory", "2g", "--host", "node-7", "--id=12", "--work-dir", "/scratch"];
        assert_eq!(read_with(&[&LEAST[..], &args].concat(), &[]), Read::Run(all.clone()));
        let variables = [
            ("FIRESTEEL_DRIVER", "firesteel://host:7077"),
            ("FIRESTEEL_SECRET_FILE", "/run/secret"),
            ("FIRESTEEL_CORES", "4"),
            ("FIRESTEEL_MEMORY", "2048"),
            ("FIRESTEEL_HOST", "node-7"),
            ("FIRESTEEL_EXECUTOR_ID", "12"),
            ("FIRESTEEL_WORK_DIR", "/scratch"),
        ];
        assert_eq!(read_with(&["executor"], &variables), Read::Run(all.clone()));
        let expected = Arguments { cores: Some(8), driver: "[::1]:9".to_owned(), ..all };
        let args = ["executor", "--cores", "8", "--driver=[::1]:9"];
        assert_eq!(read_with(&args, &variables), Read::Run(expected));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_that_gave_it() {
        for (args, problem) in [
            (&["--verbose"][..], "there is no option --verbose"),
            (&["file"], "there is no option file"),
            (&["--cores"], "--cores takes a value: N"),
            (&["--cores", "0"], "--cores takes a number between 1 and 4096, not 0"),
            (&["--cores", "many"], "--cores takes a number between 1 and 4096, not many"),
            (
                &["--memory", "much"],
                "--memory takes a size of at least 64k such as 512m or 4g; a bare number is in MiB, not much",
            ),
            (&["--id", "driver"], "--id takes a number, not driver"),
            (&["--id", "4294967295"], "--id takes a number, not 4294967295"),
            (&["--host", " "], "--host is empty"),
            (&["--driver", "other:1"], "--driver was given twice"),
        ] {
            assert_eq!(read_with(&[&LEAST[..], args].concat(), &[]), Read::Bad(format!("error: {problem}")));
        }
        let missing = "error: --secret-file FILE is missing (or the variable FIRESTEEL_SECRET_FILE)";
        assert_eq!(read_with(&LEAST[..3], &[]), Read::Bad(missing.to_owned()));
        for driver in ["", "host", "host:0", ":7077", "host:port", "host:70777"] {
            let env = [("FIRESTEEL_DRIVER", driver), ("FIRESTEEL_SECRET_FILE", "/run/secret")];
            let Read::Bad(problem) = read_with(&["executor"], &env) else { panic!("{driver}") };
            assert!(problem.starts_with("error: FIRESTEEL_DRIVER "), "{problem}");
        }
    }

    #[test]
    fn help_names_every_option_with_its_variable() {
        assert_eq!(read_with(&["executor", "--help"], &[]), Read::Help);
        assert_eq!(read_with(&[&LEAST[..], &["-h"]].concat(), &[]), Read::Help);
        assert_eq!(read_with(&["executor", "file", "--help"], &[]), Read::NotForUs);
        let usage = usage(OsStr::new("/opt/bin/word_count"));
        assert!(
            usage.contains("Usage: word_count executor --driver HOST:PORT --secret-file FILE"),
            "{usage}"
        );
        for option in OPTIONS {
            assert!(usage.contains(option.name) && usage.contains(option.variable), "{usage}");
        }
    }
}
