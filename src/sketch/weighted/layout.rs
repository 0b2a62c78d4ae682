//! The stored form of the parameters, and what tables ask of them.

use super::{Measure, WeightedParams, check_bins};
use crate::Result;
use crate::codec::{Kind, Layout, Reader, Writer};
use crate::hash::FORMAT_VERSION;
use crate::shingle::{ShinglerId, check_shinglers};
use crate::sketch::rows::private;

/// The measure (`u8`: 0 weighted Jaccard, 1 probability Jaccard), bins (`u32`), seed (`u64`), format version
/// (`u32`), shingler (`u32`, 0 for none).
impl Layout for WeightedParams {
    const KIND: Kind = Kind::WeightedParams;
    const VERSION: u16 = 2;

    fn write(&self, out: &mut Writer<'_>) {
        out.u8(match self.measure {
            Measure::WeightedJaccard => 0,
            Measure::ProbabilityJaccard => 1,
        });
        out.u32(self.bins);
        out.u64(self.seed);
        out.format_version();
        out.u32(ShinglerId::to_stored(self.shingler));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let measure = match from.u8()? {
            0 => Measure::WeightedJaccard,
            1 => Measure::ProbabilityJaccard,
            other => return Err(from.broken(format_args!("there is no measure {other}"))),
        };
        let (bins, seed) = (from.u32()?, from.u64()?);
        from.format_version()?;
        let shingler = ShinglerId::from_stored(from.u32()?);
        check_bins(bins as usize).map_err(|error| from.broken(error))?;
        Ok(Self { measure, bins, seed, version: FORMAT_VERSION, shingler })
    }
}

impl private::Identity for WeightedParams {
    const SIGNATURE: Kind = Kind::WeightedSignature;
    const SIGNATURES: Kind = Kind::WeightedSignatures;

    fn bins(&self) -> usize {
        self.bins as usize
    }

    fn adopt(&mut self, added: &Self) -> Result<()> {
        self.check_same(added)?;
        self.shingler = check_shinglers(self.shingler, added.shingler)?;
        Ok(())
    }
}
