//! Documents that stay in the files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::{About, Corpus};
use crate::{DocId, Error, Result};

/// The text files below a folder, a document each, read again whenever a text is asked for.
///
/// A document's id is the path of its file below the folder, with `/` between the parts and without the
/// extension. Documents are numbered in the order of their ids. What stays in memory is the id, in a block of
/// its own. The files must not change while they are read.
///
/// ```
/// use reprint::corpus::{Corpus, Files};
/// use reprint::{DocId, Finder, Preset};
///
/// # let folder = std::env::temp_dir().join(format!("reprint-files-{}", std::process::id()));
/// std::fs::create_dir_all(folder.join("1864")).unwrap();
/// std::fs::write(folder.join("1864/gazette.txt"), "a b c d e f").unwrap();
/// std::fs::write(folder.join("post.txt"), "a b c d e f").unwrap();
/// let corpus = Files::open(&folder, "txt")?;
/// assert_eq!(corpus.about(DocId(0)).id, Some("1864/gazette"));
/// let report = Finder::preset(Preset::Web).run_on(&corpus)?;
/// assert_eq!(report.cluster_of("1864/gazette"), report.cluster_of("post"));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
    extension: String,
    ids: Vec<Box<str>>,
}

impl Files {
    /// The files below `folder`, in depth, whose names end in `.` and `extension`. Links to folders are not
    /// followed.
    ///
    /// # Errors
    /// If a folder cannot be read, or the path of a file is not UTF-8. Errors name the path.
    pub fn open(folder: impl AsRef<Path>, extension: &str) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        let (mut ids, mut folders) = (Vec::new(), vec![folder.clone()]);
        while let Some(next) = folders.pop() {
            let at = |error: std::io::Error| Error::io(next.display(), &error);
            for entry in fs::read_dir(&next).map_err(at)? {
                let entry = entry.map_err(at)?;
                let path = entry.path();
                if entry.file_type().map_err(|error| Error::io(path.display(), &error))?.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == extension) {
                    ids.push(id(&folder, &path)?);
                }
            }
        }
        ids.sort_unstable();
        Ok(Self { folder, extension: extension.to_owned(), ids })
    }

    /// The path of a document's file; `None` for a number beyond the documents.
    pub fn path(&self, document: DocId) -> Option<PathBuf> {
        let id = self.ids.get(document.index())?;
        Some(self.folder.join(format!("{id}.{}", self.extension)))
    }
}

/// The path of a file below a folder, without its extension.
fn id(folder: &Path, path: &Path) -> Result<Box<str>> {
    let below = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let parts =
        parts.ok_or_else(|| Error::input(path.display(), "the name is not UTF-8; rename the file"))?;
    Ok(parts.join("/").into())
}

impl Corpus for Files {
    fn len(&self) -> usize {
        self.ids.len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> Result<&'a str> {
        let Some(path) = self.path(document) else {
            return Err(Error::parameter("document", document, "give numbers below that of the documents"));
        };
        // The room of the text before is used again.
        let mut bytes = std::mem::take(buffer).into_bytes();
        bytes.clear();
        let file = fs::File::open(&path);
        file.and_then(|mut file| std::io::Read::read_to_end(&mut file, &mut bytes))
            .map_err(|error| Error::io(path.display(), &error))?;
        *buffer = String::from_utf8(bytes).map_err(|error| {
            let error = error.utf8_error();
            let remedy = "convert it first, for example with iconv";
            Error::input(path.display(), format!("not UTF-8 ({error}); {remedy}"))
        })?;
        Ok(buffer)
    }

    fn about(&self, document: DocId) -> About<'_> {
        let about = About::new(document);
        self.ids.get(document.index()).map_or(about, |id| about.with_id(id))
    }

    fn has_details(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = std::env::temp_dir().join(format!("reprint-files-test-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        fs::write(folder.join("a/x.txt"), [b'a', 0xff]).unwrap();
        fs::write(folder.join("a/x.md"), "passed over").unwrap();
        fs::write(folder.join("b.old.txt"), "text").unwrap();
        let files = Files::open(&folder, "txt").unwrap();
        let mut buffer = String::new();
        assert_eq!(files.ids, ["a/x".into(), "b.old".into()] as [Box<str>; 2]);
        assert!(files.read(DocId(0), &mut buffer).unwrap_err().to_string().contains("x.txt"));
        assert_eq!(files.read(DocId(1), &mut buffer).unwrap(), "text");
        fs::remove_file(folder.join("b.old.txt")).unwrap();
        assert!(files.read(DocId(1), &mut buffer).unwrap_err().to_string().contains("b.old.txt"));
        assert!(files.read(DocId(2), &mut buffer).is_err());
        fs::remove_dir_all(&folder).unwrap();
        assert!(Files::open(&folder, "txt").is_err());
    }
}
