//! [`CodeRef`]: what travels in place of a stage's code.
//!
//! The driver makes it from a type, the executor resolves it. It carries no bytes of the stage, and does not
//! know how it is sent.

use std::any::type_name;

use serde::{Deserialize, Serialize};

use super::CodeError;
use super::entry::{Decodable, Entry, type_hash};

/// A reference to the code of one type of stage, good in every process of the same executable.
///
/// It is data: it can be sent, stored, and shown. One that is damaged, forged, or from another executable is
/// an error when it is used. Equal references mean the same code; different ones may mean the same code as
/// well.
///
/// ```ignore
/// // On the driver (`Stage` implements the sealed `Decodable`):
/// let (code, bytes) = (CodeRef::of::<Stage<P>>(), to_bytes(&stage)?);
/// // On the executor:
/// let stage: Box<dyn StageCode> = code.decode(&bytes)?;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRef {
    offset: i64,
    name: String,
    type_hash: u64,
    object_hash: u64,
}

impl CodeRef {
    /// The reference to the code of `T`.
    pub fn of<T: Decodable>() -> CodeRef {
        CodeRef {
            offset: Entry::offset_of::<T>(),
            name: type_name::<T>().to_owned(),
            type_hash: type_hash::<T>(),
            object_hash: type_hash::<T::Object>(),
        }
    }

    /// The name of the type, for messages: several types may share one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Resolves the code and decodes a stage with it.
    ///
    /// # Errors
    ///
    /// In the order of the checks: [`OutsideImage`](CodeError::OutsideImage) (for an offset that has no
    /// address), [`Misaligned`](CodeError::Misaligned), [`Image`](CodeError::Image), `OutsideImage`,
    /// [`NotAnEntry`](CodeError::NotAnEntry), [`WrongName`](CodeError::WrongName),
    /// [`WrongType`](CodeError::WrongType), [`WrongObject`](CodeError::WrongObject) if the type does not
    /// decode to `O`; and [`Decode`](CodeError::Decode) if the bytes are not those of a `T`.
    pub fn decode<O: ?Sized + 'static>(&self, bytes: &[u8]) -> Result<Box<O>, CodeError> {
        let entry = self.entry()?;
        let wrong_object = || CodeError::WrongObject { name: self.name.clone(), requested: type_name::<O>() };
        if entry.object_hash() != type_hash::<O>() {
            return Err(wrong_object());
        }
        let object =
            entry.decode(bytes).map_err(|source| CodeError::Decode { name: self.name.clone(), source })?;
        // The hash says that it will be an `O`; this proves it.
        object.downcast::<Box<O>>().map(|object| *object).map_err(|_| wrong_object())
    }

    /// The entry, if it is the one that this reference was made from.
    fn entry(&self) -> Result<&'static Entry, CodeError> {
        let entry = Entry::at(self.offset)?;
        if entry.name() != self.name {
            return Err(CodeError::WrongName { expected: self.name.clone(), found: entry.name() });
        }
        if (entry.type_hash(), entry.object_hash()) != (self.type_hash, self.object_hash) {
            return Err(CodeError::WrongType { name: self.name.clone() });
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_bytes::ByteBuf;

    use super::super::sealed::Sealed;
    use super::super::{DecodeError, ExecutableDigest, Fun, executable_digest, from_bytes, to_bytes};
    use super::*;

    type Object = dyn Fn(u64) -> u64 + Send;

    /// A stage with data (`add`) and a function.
    #[derive(Serialize, Deserialize)]
    #[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
    struct Apply<F> {
        add: u64,
        function: Fun<F>,
    }

    impl<F> Sealed for Apply<F> {}

    impl<F: Fn(u64) -> u64 + Copy + Send + Sync + 'static> Decodable for Apply<F> {
        type Object = Object;
        fn decode(bytes: &[u8]) -> Result<Box<Object>, DecodeError> {
            let Apply { add, function } = from_bytes::<Self>(bytes)?;
            let function = function.get();
            Ok(Box::new(move |x| function(x) + add))
        }
    }

    fn stage<F: Fn(u64) -> u64 + Copy + Send + Sync + 'static>(add: u64, function: F) -> (CodeRef, Vec<u8>) {
        let bytes = to_bytes(&Apply { add, function: Fun::new(function) }).unwrap();
        (CodeRef::of::<Apply<F>>(), bytes)
    }

    fn run(code: &CodeRef, bytes: &[u8], x: u64) -> Result<u64, CodeError> {
        code.decode::<Object>(bytes).map(|object| object(x))
    }

    fn cube(x: u64) -> u64 {
        x.pow(3)
    }

    /// Stages whose types share a name, their expected results for 10, and function items.
    fn stages() -> Vec<(CodeRef, Vec<u8>, u64)> {
        let named = [(stage(0, |x| x + 1), 11), (stage(0, |x| x * 2), 20), (stage(5, |x| x + 1), 16)];
        let items = [(stage(1, cube), 1001), (stage(0, u64::reverse_bits), 10u64.reverse_bits())];
        named.into_iter().chain(items).map(|((code, bytes), result)| (code, bytes, result)).collect()
    }

    #[test]
    fn code_comes_back_from_bytes() {
        for (code, bytes, result) in stages() {
            let code: CodeRef = from_bytes(&to_bytes(&code).unwrap()).unwrap();
            assert_eq!(run(&code, &bytes, 10).unwrap(), result, "{}", code.name());
        }
    }

    const STAGES_FOR_CHILD: &str = "FIRESTEEL_TEST_STAGES";

    #[test]
    fn code_comes_back_in_another_process() {
        let digest = executable_digest().unwrap();
        let text: String =
            to_bytes(&(digest, stages())).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        let module = module_path!().split_once("::").unwrap().1;
        let child = Command::new(std::env::current_exe().unwrap())
            .args([&format!("{module}::child_process"), "--exact", "--nocapture"])
            .env(STAGES_FOR_CHILD, text)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{output}{}", String::from_utf8_lossy(&child.stderr));
        assert!(output.contains("the child ran 5 stages"), "{output}");
    }

    /// The other process of [`code_comes_back_in_another_process`]; alone it does nothing.
    #[test]
    fn child_process() {
        let Ok(text) = std::env::var(STAGES_FOR_CHILD) else { return };
        let bytes: Vec<u8> =
            (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect();
        let (digest, stages): (ExecutableDigest, Vec<(CodeRef, Vec<u8>, u64)>) = from_bytes(&bytes).unwrap();
        assert_eq!(digest, executable_digest().unwrap());
        for (code, bytes, result) in &stages {
            assert_eq!(run(code, bytes, 10).unwrap(), *result);
        }
        println!("the child ran {} stages", stages.len());
    }

    #[test]
    fn bad_offsets_are_errors() {
        let (code, bytes) = stage(0, cube);
        let outcome = |offset| run(&CodeRef { offset, ..code.clone() }, &bytes, 1);
        for distance in [1, 8, -1, -8, 15] {
            assert!(
                matches!(outcome(code.offset + distance), Err(CodeError::Misaligned { .. })),
                "{distance}"
            );
        }
        // An entry's own inner words, and the last ones of what lies before it.
        for distance in [16, 32, 48, -16] {
            assert!(
                matches!(outcome(code.offset + distance), Err(CodeError::NotAnEntry { .. })),
                "{distance}"
            );
        }
        // What lies beside it may be anything, even the linker's second copy of the same entry.
        for distance in [64, -64, 128] {
            let result = outcome(code.offset + distance);
            assert!(matches!(result, Err(_) | Ok(1)), "{distance}: {result:?}");
        }
        for offset in [1 << 40, -(1 << 40), 1 << 62, i64::MIN, i64::MIN + 16, i64::MAX - 15] {
            assert!(matches!(outcome(offset), Err(CodeError::OutsideImage { .. })), "{offset}");
        }
        assert!(matches!(
            outcome(i64::MAX),
            Err(CodeError::Misaligned { .. } | CodeError::OutsideImage { .. })
        ));
    }

    #[test]
    fn a_name_that_differs_is_an_error() {
        let (code, bytes) = stage(0, cube);
        let renamed = CodeRef { name: "other::Stage".into(), ..code };
        let error = run(&renamed, &bytes, 1).unwrap_err();
        assert!(
            matches!(&error, CodeError::WrongName { expected, .. } if expected == "other::Stage"),
            "{error}"
        );
    }

    #[test]
    fn another_type_with_the_same_name_is_an_error() {
        let (first, second) = (stage(0, |x| x + 1).0, stage(0, |x| x * 2).0);
        assert_eq!(first.name, second.name, "closures of one function share a name");
        let crossed = CodeRef { offset: second.offset, ..first };
        assert!(matches!(crossed.decode::<Object>(&[]), Err(CodeError::WrongType { .. })));
    }

    #[test]
    fn hashes_that_differ_are_errors() {
        let (code, bytes) = stage(0, cube);
        let wrong_type = CodeRef { type_hash: code.type_hash ^ 1, ..code.clone() };
        assert!(matches!(run(&wrong_type, &bytes, 1), Err(CodeError::WrongType { .. })));
        let wrong_object = CodeRef { object_hash: code.object_hash ^ 1, ..code };
        assert!(matches!(run(&wrong_object, &bytes, 1), Err(CodeError::WrongType { .. })));
    }

    #[test]
    fn another_object_type_is_an_error() {
        let (code, bytes) = stage(0, cube);
        let error = code.decode::<dyn Fn(u64) -> u64 + Send + Sync>(&bytes).err().unwrap();
        assert!(matches!(error, CodeError::WrongObject { .. }), "{error}");
    }

    #[test]
    fn bytes_of_another_stage_are_an_error() {
        let (code, mut bytes) = stage(0, cube);
        bytes.push(0);
        let error = run(&code, &bytes, 1).unwrap_err();
        let CodeError::Decode { name, source: DecodeError::TrailingBytes { trailing: 1, .. } } = &error
        else {
            panic!("{error}")
        };
        assert_eq!(name, code.name());
    }

    /// A stage inside of a stage: the shape of boxed operators.
    #[derive(Serialize, Deserialize)]
    struct Boxed {
        inner: (CodeRef, ByteBuf),
    }

    impl Sealed for Boxed {}

    impl Decodable for Boxed {
        type Object = Object;
        fn decode(bytes: &[u8]) -> Result<Box<Object>, DecodeError> {
            let Boxed { inner: (code, bytes) } = from_bytes(bytes)?;
            let inner = code.decode::<Object>(&bytes).expect("made by this test");
            Ok(Box::new(move |x| inner(x) + 1))
        }
    }

    #[test]
    fn five_hundred_levels_decode() {
        let (mut code, mut bytes) = stage(0, |x| x);
        for _ in 0..500 {
            bytes = to_bytes(&Boxed { inner: (code, ByteBuf::from(bytes)) }).unwrap();
            code = CodeRef::of::<Boxed>();
        }
        assert_eq!(run(&code, &bytes, 7).unwrap(), 507);
    }
}
