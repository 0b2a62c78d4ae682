//! The form in which an index is stored: its postings, from which the lists are made again.

use super::{Document, Lists, PostingsIndex, PostingsRules};
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::error::{Error, Result};
use crate::index::ids::{Id, StoredId, read_ids, write_ids};
use crate::index::postings::holder_of;
use crate::sketch::FracMinHashParams;

/// The same documents, inserted in the same order, have the same form, whatever was removed between.
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename = "PostingsIndex"))]
pub(super) struct Form<I> {
    visits: u64,
    document_visits: u64,
    min_shared: u32,
    min_share: f64,
    margin: f64,
    most_candidates: u64,
    /// How the signatures were made, once there was one.
    params: Option<FracMinHashParams>,
    /// In the order of insertion.
    ids: Vec<I>,
    /// Of each document: its values, its scale and the sum of its values.
    documents: Vec<(u32, u32, u64)>,
    /// The low half of each value above the number of a document that has it, ascending.
    postings: Vec<u64>,
}

impl<I: Id> From<PostingsIndex<I>> for Form<I> {
    fn from(mut index: PostingsIndex<I>) -> Self {
        if index.ids.slots() > index.len() {
            index.clear_away();
        }
        let PostingsIndex { rules, params, ids, documents, lists, .. } = index;
        Self {
            visits: rules.visits as u64,
            document_visits: rules.document_visits as u64,
            min_shared: rules.min_shared,
            min_share: rules.min_share,
            margin: rules.margin,
            most_candidates: rules.most as u64,
            params,
            ids: ids.into_ids(),
            documents: documents.iter().map(|d| (d.values, d.scale, d.digest)).collect(),
            postings: lists.into_postings(|slot| slot),
        }
    }
}

impl<I: Id> TryFrom<Form<I>> for PostingsIndex<I> {
    type Error = Error;

    fn try_from(form: Form<I>) -> Result<Self> {
        let Form { visits, document_visits, min_shared, min_share, margin, most_candidates, .. } = form;
        let Form { params, ids, documents, postings, .. } = form;
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let rules = PostingsRules::builder()
            .visits(count(visits))
            .document_visits(count(document_visits))
            .min_shared(min_shared)
            .min_share(min_share)
            .margin(margin)
            .most_candidates(count(most_candidates));
        let mut index = Self::new(rules.build()?);
        let damaged = |what, given: &dyn std::fmt::Display| {
            Err(Error::parameter(what, given, "the stored index is damaged; build it again"))
        };
        if documents.len() != ids.len() {
            return damaged("the number of stored documents", &documents.len());
        }
        if params.is_none() && !ids.is_empty() {
            return damaged("how stored signatures were made", &"not said");
        }
        if params.is_some_and(|params| params.version() != crate::hash::FORMAT_VERSION) {
            return damaged("the format version of the stored index", &"another");
        }
        if documents.iter().any(|&(_, scale, _)| scale == 0) {
            return damaged("the scale of a stored document", &0);
        }
        index.ids.check_new(&ids)?;
        if postings.len() > index.most_values {
            return Err(Error::too_many("values in one index", index.most_values));
        }
        let mut values = vec![0_u32; documents.len()];
        for &posting in &postings {
            match values.get_mut(holder_of(posting) as usize) {
                Some(count) => *count += 1,
                None => return damaged("the document of a stored value", &holder_of(posting)),
            }
        }
        if !postings.is_sorted()
            || values.iter().zip(&documents).any(|(&count, document)| count != document.0)
        {
            return damaged("the list of stored values", &"out of order");
        }
        index.params = params;
        index.documents =
            documents.into_iter().map(|(values, scale, digest)| Document { values, scale, digest }).collect();
        for id in ids {
            index.ids.insert(id);
        }
        index.lists = Lists::of_postings(postings);
        Ok(index)
    }
}

/// The format version; the rules: visits of a list and of a document (`u64` each), shared values (`u32`),
/// share and margin (`f64`), candidates (`u64`); optional [`FracMinHashParams`]; the type of the ids (`u8`)
/// and the ids, in the order of insertion; for each its values (`u32`), its scale (`u32`) and the sum of its
/// values (`u64`); a list of `u64`, the postings.
impl<I: StoredId> Layout for PostingsIndex<I> {
    const KIND: Kind = Kind::PostingsIndex;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        let form = Form::from(self.clone());
        out.format_version();
        out.u64(form.visits);
        out.u64(form.document_visits);
        out.u32(form.min_shared);
        out.f64(form.min_share);
        out.f64(form.margin);
        out.u64(form.most_candidates);
        out.option(form.params, |out, params| out.value(&params));
        write_ids(&form.ids, out);
        for (values, scale, sum) in form.documents {
            out.u32(values);
            out.u32(scale);
            out.u64(sum);
        }
        out.u64s(&form.postings);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        from.format_version()?;
        let (visits, document_visits, min_shared) = (from.u64()?, from.u64()?, from.u32()?);
        let (min_share, margin, most_candidates) = (from.f64()?, from.f64()?, from.u64()?);
        let params = from.option(Reader::value)?;
        let ids: Vec<I> = read_ids(from)?;
        let documents =
            ids.iter().map(|_| Ok((from.u32()?, from.u32()?, from.u64()?))).collect::<Result<_>>()?;
        let postings = from.u64s()?;
        let form = Form {
            visits,
            document_visits,
            min_shared,
            min_share,
            margin,
            most_candidates,
            params,
            ids,
            documents,
            postings,
        };
        Self::try_from(form).map_err(|error| from.broken(error))
    }
}
