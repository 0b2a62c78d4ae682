//! Files that examples write: whole, or not at all, and never over what they read.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// A file to be written.
pub(crate) struct Output {
    /// As it was given.
    name: String,
    /// Where links lead to.
    target: PathBuf,
}

/// Takes the paths to write to, before there is anything to write: an error here costs no work.
///
/// Each comes with the endings of what may stand there already. Refused are a path that is an input or leads to one, one
/// that is given twice, and one where a file of another ending stands, such as a corpus: `--tsv docs.jsonl` with the
/// table's name forgotten would lose it.
pub(crate) fn outputs<const N: usize>(
    wanted: [(&Option<String>, &[&str]); N],
    inputs: &[PathBuf],
) -> Result<[Option<Output>; N], String> {
    let mut taken: Vec<PathBuf> = Vec::new();
    let mut checked = [const { None }; N];
    for ((path, endings), checked) in wanted.into_iter().zip(&mut checked) {
        let Some(name) = path else { continue };
        let output = Output::new(name)?;
        let target = &output.target;
        if is_regular_or_new(target) {
            if inputs.iter().any(|input| is_same(input, target)) {
                return Err(format!("{name}: is what is read; give what is written another name"));
            }
            if taken.iter().any(|other| is_same(other, target)) {
                return Err(format!("{name}: is given for two outputs; give each a name of its own"));
            }
            let ending = target.extension().map(|e| e.to_string_lossy().to_lowercase());
            if target.exists() && !ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
                return Err(format!(
                    "{name}: is there already and may be a corpus; give what is written another name, or one in .{}",
                    endings.join(" or .")
                ));
            }
            taken.push(target.clone());
        }
        *checked = Some(output);
    }
    Ok(checked)
}

impl Output {
    /// A file at this path, whatever is there.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let target = target(Path::new(name)).map_err(|error| reprint::Error::io(name, &error).to_string())?;
        Ok(Self { name: name.to_owned(), target })
    }

    /// Writes to a file beside, which takes the place of what is there when it is whole: an interrupt, a full disk or
    /// another run leaves the old one or the new one, and nothing in between. Devices and pipes are written to.
    pub(crate) fn write(
        &self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), String> {
        self.try_write(write).map_err(|error| reprint::Error::io(&self.name, &error).to_string())
    }

    fn try_write(&self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let finish = |file: BufWriter<File>| file.into_inner().map_err(io::IntoInnerError::into_error);
        if !is_regular_or_new(&self.target) {
            let mut file = BufWriter::new(File::options().write(true).open(&self.target)?);
            write(&mut file)?;
            return finish(file).map(drop);
        }
        let name = self.target.file_name().unwrap_or_default().to_string_lossy();
        let beside = self.target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let written = File::create_new(&beside).and_then(|file| {
            let mut file = BufWriter::new(file);
            write(&mut file)?;
            finish(file)?.sync_all()?;
            if let Ok(old) = fs::metadata(&self.target) {
                fs::set_permissions(&beside, old.permissions())?;
            }
            fs::rename(&beside, &self.target)
        });
        if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
            // The first error is the one to tell.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

/// Where a path leads to when all links are followed; the last part of it need not be there.
fn target(path: &Path) -> io::Result<PathBuf> {
    if path == Path::new("-") {
        let what =
            "is standard input where something is read; give /dev/stdout, or ./- for a file of this name";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder; give a file"));
    }
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // What a shell has put in the place of standard output has no path: `/dev/stdout` leads to `pipe:[17]`.
            if path.exists() {
                return Ok(path.to_owned());
            }
            if path.is_symlink() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "is a link to nothing"));
            }
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = path.file_name().ok_or(error)?;
            Ok(folder.canonicalize()?.join(name))
        }
        found => found,
    }
}

fn is_regular_or_new(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

/// Whether two paths are one file, by whatever names or links.
fn is_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (fs::metadata(a), fs::metadata(b)) {
        use std::os::unix::fs::MetadataExt;
        return (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
