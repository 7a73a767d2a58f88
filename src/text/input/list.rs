//! [`list()`]: from a path, as users write it, to files.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::pattern::{self, Component};
use super::{InputError, InputFile};

/// Finds the files that `paths` names, as Hadoop's `FileInputFormat` does.
///
/// `paths` is one path or several between commas; a backslash before a comma makes it a part of the path,
/// and commas in braces are no separators. Each is
///
/// * a file;
/// * a directory, which stands for the files that are directly in it;
/// * a pattern with `*`, `?`, `[a-z]`, `[^a-z]` or `{a,b}`, which stands for the files and directories that
///   match.
///
/// It may begin with `file:` or `file://`. Files and directories whose names begin with `_` or `.` are
/// hidden: patterns and directories leave them out. Files come in the order of the list, those of one
/// element in the byte order of their paths and once each.
///
/// # Errors
///
/// If a path does not exist, a pattern is malformed or matches nothing, an input directory contains a
/// directory, the path is of another file system, or the system refuses.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # for name in ["part-0", "part-1", "_SUCCESS"] { std::fs::write(dir.path().join(name), "text")?; }
/// # let dir = dir.path().to_str().unwrap_or_default();
/// use firesteel::text::input;
///
/// let files = input::list(&format!("{dir}/part-1,{dir}"))?;
/// let names: Vec<_> = files.iter().filter_map(|file| file.path.file_name()).collect();
/// assert_eq!(names, ["part-1", "part-0", "part-1"]);
/// # Ok(())
/// # }
/// ```
pub fn list(paths: &str) -> Result<Vec<InputFile>, InputError> {
    let mut files = vec![];
    for path in pattern::split_list(paths) {
        files.extend(list_element(path)?);
    }
    Ok(files)
}

fn list_element(given: &str) -> Result<Vec<InputFile>, InputError> {
    let path = local_path(given)?;
    let roots = if pattern::is_pattern(path) {
        let matches = match_pattern(given, path)?;
        if matches.is_empty() {
            return Err(InputError::NoMatch { pattern: given.to_owned() });
        }
        matches
    } else {
        let path = PathBuf::from(pattern::unescape(path));
        vec![std::path::absolute(&path).map_err(|source| InputError::at(&path, source))?]
    };

    let mut files = vec![];
    for root in roots {
        if metadata(&root)?.is_dir() {
            for name in visible_names(&root)? {
                files.push(file_at(root.join(name))?);
            }
        } else {
            files.push(file_at(root)?);
        }
    }
    // A path's own order goes by its names; Hadoop's, and ours, by its bytes.
    files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    files.dedup();
    Ok(files)
}

/// The path without its scheme.
fn local_path(given: &str) -> Result<&str, InputError> {
    let path = given.strip_prefix("file://").or_else(|| given.strip_prefix("file:")).unwrap_or(given);
    if let Some((scheme, _)) = path.split_once("://")
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
    {
        return Err(InputError::Scheme { scheme: scheme.to_owned(), path: given.to_owned() });
    }
    if path.is_empty() { Err(InputError::EmptyPath) } else { Ok(path) }
}

/// The visible files and directories that match a pattern.
fn match_pattern(given: &str, path: &str) -> Result<Vec<PathBuf>, InputError> {
    let malformed = |reason| InputError::Pattern { pattern: given.to_owned(), reason };
    let mut matches = vec![];
    for path in pattern::expand_braces(path).map_err(malformed)? {
        let base = if path.starts_with('/') {
            PathBuf::from("/")
        } else {
            std::env::current_dir().map_err(|source| InputError::at(Path::new("."), source))?
        };
        let mut found = vec![base];
        for component in pattern::components(&path).map_err(malformed)? {
            found = descend(found, &component)?;
        }
        found.retain(|path| !path.file_name().is_some_and(is_hidden));
        matches.append(&mut found);
    }
    // Alternatives in braces may match the same.
    matches.sort_unstable();
    matches.dedup();
    Ok(matches)
}

/// What matches the next name of a pattern in each of `parents`.
fn descend(parents: Vec<PathBuf>, component: &Component) -> Result<Vec<PathBuf>, InputError> {
    let mut found = vec![];
    for parent in parents {
        match component {
            Component::Literal(name) => {
                let path = parent.join(name);
                if exists(&path)? {
                    found.push(path);
                }
            }
            Component::Glob(_) if !exists(&parent)? || !metadata(&parent)?.is_dir() => {}
            Component::Glob(pattern) => {
                let names = names(&parent)?.into_iter();
                found.extend(
                    names
                        .filter(|name| pattern.matches(&name.to_string_lossy()))
                        .map(|name| parent.join(name)),
                );
            }
        }
    }
    Ok(found)
}

fn is_hidden(name: &OsStr) -> bool {
    matches!(name.as_encoded_bytes().first(), Some(b'_' | b'.'))
}

fn visible_names(dir: &Path) -> Result<Vec<std::ffi::OsString>, InputError> {
    let mut names = names(dir)?;
    names.retain(|name| !is_hidden(name));
    Ok(names)
}

fn names(dir: &Path) -> Result<Vec<std::ffi::OsString>, InputError> {
    let names = fs::read_dir(dir).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    names.map_err(|source: io::Error| InputError::at(dir, source))
}

/// The file at the path: not a directory, nor a pipe, whose opening would wait for ever.
fn file_at(path: PathBuf) -> Result<InputFile, InputError> {
    let metadata = metadata(&path)?;
    if metadata.is_file() {
        Ok(InputFile::new(path, metadata.len()))
    } else {
        Err(InputError::NotAFile { path })
    }
}

fn metadata(path: &Path) -> Result<fs::Metadata, InputError> {
    fs::metadata(path).map_err(|source| InputError::at(path, source))
}

fn exists(path: &Path) -> Result<bool, InputError> {
    match metadata(path) {
        Ok(_) => Ok(true),
        Err(InputError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use tempfile::TempDir;

    use super::*;

    /// A directory with these files, each containing its own name.
    fn dir_with(names: &[&str]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        dir
    }

    /// Lists with `$` standing for the directory, and gives the paths in it.
    fn list_in(dir: &TempDir, paths: &str) -> Result<Vec<String>, InputError> {
        let files = list(&paths.replace('$', dir.path().to_str().unwrap()))?;
        Ok(files
            .into_iter()
            .map(|file| {
                let name = file.path.strip_prefix(dir.path()).unwrap().to_str().unwrap().to_owned();
                assert_eq!(file.len, name.len() as u64);
                name
            })
            .collect())
    }

    #[test]
    fn files_directories_and_lists() {
        let dir = dir_with(&["d/b", "d/a", "d/_SUCCESS", "d/.crc", "e.gz", "f,g", "_h"]);
        assert_eq!(list_in(&dir, "$/d/a").unwrap(), ["d/a"]);
        assert_eq!(list_in(&dir, "$/d").unwrap(), ["d/a", "d/b"]);
        assert_eq!(list_in(&dir, "$/d/").unwrap(), ["d/a", "d/b"]);
        assert_eq!(list_in(&dir, "$/e.gz,$/d,$/e.gz").unwrap(), ["e.gz", "d/a", "d/b", "e.gz"]);
        assert_eq!(list_in(&dir, r"$/f\,g,$/d/b").unwrap(), ["f,g", "d/b"]);
        assert_eq!(list_in(&dir, "file://$/d/a,file:$/d/b").unwrap(), ["d/a", "d/b"]);
        assert_eq!(list_in(&dir, "$/_h").unwrap(), ["_h"], "asked for by its name");
        assert!(!list(&format!("{}/e.gz", dir.path().display())).unwrap()[0].splittable);
        fs::create_dir(dir.path().join("empty")).unwrap();
        assert_eq!(list_in(&dir, "$/empty").unwrap(), [""; 0]);
    }

    #[test]
    fn patterns() {
        let dir =
            dir_with(&["2024/x.txt", "2024/y.csv", "2025/x.txt", "2025/_x.txt", "a", "b[1]", "_tmp/x.txt"]);
        assert_eq!(list_in(&dir, "$/20*/x.txt").unwrap(), ["2024/x.txt", "2025/x.txt"]);
        assert_eq!(list_in(&dir, "$/20*/*x*").unwrap(), ["2024/x.txt", "2025/x.txt"]);
        assert_eq!(list_in(&dir, "$/{2025,2024}").unwrap(), ["2024/x.txt", "2024/y.csv", "2025/x.txt"]);
        assert_eq!(list_in(&dir, "$/{2024/y,2025/x,none}.*").unwrap(), ["2024/y.csv", "2025/x.txt"]);
        assert_eq!(list_in(&dir, "$/{a,a,?}").unwrap(), ["a"]);
        assert_eq!(list_in(&dir, "$/202[^5]/[x].tx?").unwrap(), ["2024/x.txt"]);
        assert_eq!(list_in(&dir, r"$/b\[1\]").unwrap(), ["b[1]"]);
        assert_eq!(list_in(&dir, r"$/b\[*").unwrap(), ["b[1]"]);
        assert_eq!(list_in(&dir, "$/*/x.txt").unwrap(), ["2024/x.txt", "2025/x.txt", "_tmp/x.txt"]);
        assert!(list_in(&dir, "$/none*").is_err());
    }

    #[test]
    fn byte_order_of_paths_and_names_that_are_not_utf8() {
        let dir = dir_with(&["d/a", "d-x/a", "d.y/a"]);
        assert_eq!(list_in(&dir, "$/d*").unwrap(), ["d-x/a", "d.y/a", "d/a"]);

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(OsStr::from_bytes(b"\xFFname"));
        if fs::write(&path, "x").is_ok() {
            for paths in [format!("{}", dir.path().display()), format!("{}/*n?me", dir.path().display())] {
                assert_eq!(list(&paths).unwrap()[0].path, path);
            }
        }
    }

    #[test]
    fn a_relative_path_becomes_absolute() {
        for paths in ["Cargo.toml", "./Cargo.tom?", "file:Cargo.toml"] {
            let files = list(paths).unwrap();
            assert_eq!(files[0].path, std::env::current_dir().unwrap().join("Cargo.toml"));
        }
    }

    #[test]
    fn errors_in_the_words_of_hadoop() {
        let dir = dir_with(&["d/sub/a", "a"]);
        let error = |paths: &str| {
            list_in(&dir, paths).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "$")
        };
        assert_eq!(error("$/a,$/none"), "Input path does not exist: $/none");
        assert_eq!(error("$/a/b"), "Input path does not exist: $/a/b");
        assert_eq!(error("$/none*"), "Input Pattern $/none* matches 0 files");
        assert_eq!(error("$/none/*"), "Input Pattern $/none/* matches 0 files");
        assert_eq!(error("$/a/*"), "Input Pattern $/a/* matches 0 files");
        assert_eq!(error("$/d"), "Not a file: $/d/sub");
        assert_eq!(error(""), "Can not create a Path from an empty string");
        assert_eq!(error("$/a,"), "Can not create a Path from an empty string");
        assert_eq!(error("file://"), "Can not create a Path from an empty string");
        assert!(error("hdfs://host/a").starts_with("No FileSystem for scheme \"hdfs\""));
        assert!(error("s3a://bucket/a").starts_with("No FileSystem for scheme \"s3a\""));
        assert!(error("$/{a").starts_with("Illegal file pattern: Unclosed group"));
        assert!(error("$/a[").starts_with("Illegal file pattern: Unclosed character class"));
        assert_eq!(error("$/\0"), "cannot read $/\0");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        assert!(list_in(&dir, "$").unwrap_err().to_string().starts_with("Not a file"));
        assert!(list_in(&dir, "$/socket").unwrap_err().to_string().starts_with("Not a file"));
    }
}
