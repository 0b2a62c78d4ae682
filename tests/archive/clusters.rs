//! How the clusters follow.

use reprint::archive::{Archive, Options};
use reprint::corpus::Document;

use crate::{Folder, version};

#[test]
fn the_same_texts_stay_together_without_the_one_that_linked_them() {
    let folder = Folder::new("same");
    let archive = Archive::open(&folder, &Options::default()).unwrap();
    for id in ["first", "second", "third"] {
        archive.insert(Document::new(id, version(1, 0))).unwrap();
    }
    archive.remove("first").unwrap();
    assert_eq!(archive.cluster_of("third").unwrap(), ["second", "third"]);
    archive.insert(Document::new("cut", version(1, 1))).unwrap();
    assert_eq!(archive.clusters(), [["second", "third", "cut"]]);
    assert_eq!(archive.check().unwrap(), []);
    archive.remove("second").unwrap();
    assert_eq!(archive.clusters(), [["third", "cut"]]);
    assert_eq!(archive.check().unwrap(), []);
}
