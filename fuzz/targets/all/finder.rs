//! Runs over small corpora: the clusters do not depend on the order of the texts, and each match is in one of them.

use std::collections::BTreeSet;

use reprint::{DocId, Finder, Preset, Report};

use super::bytes::Bytes;

/// The clusters as sets of documents under their first names.
fn partition(report: &Report, name: impl Fn(usize) -> usize) -> BTreeSet<BTreeSet<usize>> {
    let named = |members: &[DocId]| members.iter().map(|member| name(member.index())).collect();
    report.clusters().iter().map(named).collect()
}

pub(crate) fn finder(data: &[u8]) {
    let mut bytes = Bytes(data);
    let preset = [Preset::Wire, Preset::Web, Preset::Strict][bytes.below(3)];
    let turn = bytes.below(8);
    let mut texts = bytes.texts(12);
    if texts.iter().map(String::len).sum::<usize>() > 1 << 13 {
        return;
    }
    // Some texts twice, with more behind them.
    for i in 0..texts.len() {
        if texts[i].len() % 3 == 0 {
            texts.push(format!("{} {}", texts[i], texts[texts.len() - 1 - i]));
        }
    }
    let finder = Finder::preset(preset);
    let report = finder.run(&texts).expect("a small corpus");
    let n = texts.len();
    assert_eq!(report.clusters().documents(), n);
    for cluster in 0..report.clusters().len() {
        let members = report.clusters().members(cluster);
        assert!(members.contains(&report.representative(cluster).expect("a cluster")));
        for m in report.matches_in(cluster) {
            assert!(members.contains(&m.pair.a) && members.contains(&m.pair.b));
            assert!((report.threshold()..=1.0).contains(&m.score), "{m:?}");
        }
    }
    let mut other = texts.clone();
    other.reverse();
    other.rotate_left(turn.min(n.saturating_sub(1)));
    let name = |i: usize| n - 1 - (i + turn.min(n.saturating_sub(1))) % n;
    let again = finder.run(&other).expect("a small corpus");
    // Of equal texts, any may stand where another does.
    let equal = |i: usize| texts.iter().position(|text| *text == texts[i]).unwrap_or(i);
    assert_eq!(partition(&report, equal), partition(&again, |i| equal(name(i))));
    assert_eq!(report.counts().matches, again.counts().matches);
}
