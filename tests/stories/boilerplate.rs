//! Pages of sites: their stories are compared, and not what stands beside them.

use crate::generated::{self, Corpus, Language, Placement, Random, Sites};
use reprint::corpus::{Document, Documents};
use reprint::{DocId, Finder, Preset};

fn clusters(corpus: &Corpus, sources: Option<&[u32]>) -> Vec<usize> {
    let mut documents = Documents::new();
    for (i, text) in corpus.texts.iter().enumerate() {
        let document = Document::new(i.to_string(), text);
        let of_source = |source: u32| {
            if source == u32::MAX {
                document.clone()
            } else {
                document.clone().with_source(source.to_string())
            }
        };
        documents.push(sources.map_or_else(|| document.clone(), |of| of_source(of[i]))).unwrap();
    }
    let report = Finder::preset(Preset::Wire).run_on(&documents).unwrap();
    (0..corpus.texts.len() as u32).map(|d| report.clusters().of(DocId(d)).unwrap()).collect()
}

#[test]
fn reprints_are_found_beside_any_boilerplate() {
    let language = Language::new();
    let of = Sites {
        sites: 3,
        pages: 12,
        own: 150,
        standing: 0,
        copies: 6,
        placement: Placement::Around,
        seed: 5,
    };
    for (standing, pages) in [(40, 12), (150, 5), (150, 40), (300, 12), (600, 12)] {
        let (corpus, sources) = generated::sites(&language, Sites { pages, standing, ..of });
        for sources in [None, Some(sources.as_slice())] {
            let errors = corpus.errors(&clusters(&corpus, sources));
            assert_eq!(errors, (0, 0), "{standing} words, {pages} pages, sources {}", sources.is_some());
        }
    }
    // Short items, in four times as much; and long pages, where sources tell.
    for (own, standing, pages) in [(20, 80, 60), (30, 120, 40), (60, 240, 60), (120, 960, 20)] {
        for seed in 5..8 {
            let (corpus, sources) = generated::sites(&language, Sites { pages, own, standing, seed, ..of });
            let with = Some(sources.as_slice());
            for sources in if standing < 8 * own { vec![None, with] } else { vec![with] } {
                let errors = corpus.errors(&clusters(&corpus, sources));
                assert_eq!(errors, (0, 0), "{own} : {standing}, seed {seed}, sources {}", sources.is_some());
            }
        }
    }
    // At one end only, sources tell.
    for placement in [Placement::Head, Placement::Foot, Placement::Scattered] {
        let (corpus, sources) = generated::sites(&language, Sites { standing: 300, placement, ..of });
        assert_eq!(corpus.errors(&clusters(&corpus, Some(&sources))), (0, 0), "{placement:?}");
    }
}

#[test]
fn a_popular_story_is_no_boilerplate() {
    let language = Language::new();
    let mut random = Random::new(8);
    let story = language.story(&mut random, 200);
    for around in [0, 8, 75] {
        let mut corpus = Corpus::default();
        for other in 1..60 {
            corpus.add(language.story(&mut random, 150), other);
            let mut around = || language.story(&mut random, around);
            corpus.add(format!("{}{story}{}", around(), around()), 0);
        }
        let sources: Vec<u32> = (0..corpus.texts.len() as u32).collect();
        for sources in [None, Some(sources.as_slice())] {
            assert_eq!(corpus.errors(&clusters(&corpus, sources)), (0, 0), "{around} words at each end");
        }
    }
}

#[test]
fn a_licence_joins_no_source_files() {
    let language = Language::new();
    let mut random = Random::new(9);
    let licence: String =
        language.story(&mut random, 110).lines().fold(String::new(), |head, line| head + "// " + line + "\n");
    let mut corpus = Corpus::default();
    for file in 0..6 {
        corpus.add(format!("{licence}{}", language.story(&mut random, 8 + 10 * file)), file);
    }
    // And a file that is there twice.
    corpus.add(corpus.texts[3].clone(), 3);
    assert_eq!(corpus.errors(&clusters(&corpus, None)), (0, 0));
}

#[test]
fn the_order_of_pages_does_not_show() {
    let language = Language::new();
    let of = Sites {
        sites: 3,
        pages: 20,
        own: 100,
        standing: 200,
        copies: 9,
        placement: Placement::Scattered,
        seed: 6,
    };
    let (corpus, sources) = generated::sites(&language, of);
    let mut order: Vec<usize> = (0..corpus.texts.len()).collect();
    let mut random = Random::new(10);
    for sources in [None, Some(sources)] {
        let first = clusters(&corpus, sources.as_deref());
        for _ in 0..3 {
            random.shuffle(&mut order);
            let mut shuffled = Corpus::default();
            order.iter().for_each(|&i| shuffled.add(corpus.texts[i].clone(), first[i]));
            let sources: Option<Vec<u32>> = sources.as_ref().map(|of| order.iter().map(|&i| of[i]).collect());
            assert_eq!(shuffled.errors(&clusters(&shuffled, sources.as_deref())), (0, 0));
        }
    }
}
