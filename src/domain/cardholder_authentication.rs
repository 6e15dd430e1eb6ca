//! What an earlier 3-D Secure of the merchant's own collected about a cardholder.

/// The result of a 3-D Secure; what was not given is "".
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CardholderAuthentication {
    /// How it went, in the words of whoever ran it.
    pub condition: String,
    /// Electronic commerce indicator, two digits: "05".
    pub eci: String,
    /// Cardholder authentication verification value: the proof, in base 64; it is sent on and never kept.
    pub cavv: String,
    /// The id of version 1.
    pub xid: String,
    /// A wallet's proof, good for one request: it is sent on and never kept.
    pub cryptogram: String,
    /// "2.1.0".
    pub version: String,
    /// The directory server's id.
    pub ds_transaction_id: String,
    /// The id of the issuer's server.
    pub acs_transaction_id: String,
}

impl CardholderAuthentication {
    /// Whether it says that the cardholder was authenticated, or that it was tried: Visa, Amex, Discover and JCB write
    /// 05 and 06, Mastercard 02 and 01 (EMV 3-D Secure, "ECI Indicator").
    pub fn is_proven(&self) -> bool {
        let has_proof = !self.cavv.is_empty() || !self.cryptogram.is_empty();
        has_proof && matches!(self.eci.as_str(), "01" | "02" | "05" | "06")
    }
}
