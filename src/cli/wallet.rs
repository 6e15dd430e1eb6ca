//! `bursar wallet`: the merchant's keys at Apple Pay and Google Pay. A private key is read from a file and never shown.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::folder::with_app;
use super::print;
use crate::app::wallet::NewWalletKey;
use crate::config::DataConfig;
use crate::domain::wallet;
use crate::error::{Error, Result};

/// Keys of the merchant's at Apple Pay and Google Pay.
#[derive(Subcommand, Debug)]
pub(super) enum Wallet {
    /// Take a key into use; prints its id
    Add(Add),
    /// Print the keys, without their private parts
    List(List),
    /// Take a key away
    Remove(Remove),
}

/// Take a key into use.
#[derive(Args, Debug)]
pub(super) struct Add {
    /// Whose wallet
    #[arg(long, value_enum)]
    wallet: Kind,
    /// Whom tokens are for: merchant.com.example (Apple Pay), merchant:1234 or gateway:name (Google Pay)
    #[arg(long, value_name = "ID")]
    merchant_id: String,
    /// File with the private key: PEM, or the base64 of PKCS#8
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Google's file of root signing keys, as it publishes it
    #[arg(long, value_name = "FILE")]
    google_keys: Option<PathBuf>,
    #[command(flatten)]
    data: DataConfig,
}

/// Print the keys.
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    data: DataConfig,
}

/// Take a key away.
#[derive(Args, Debug)]
pub(super) struct Remove {
    /// Its id
    id: String,
    #[command(flatten)]
    data: DataConfig,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    ApplePay,
    GooglePay,
}

impl Wallet {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Add(Add { wallet, merchant_id, key, google_keys, data }) => {
                let wallet = match wallet {
                    Kind::ApplePay => wallet::Wallet::ApplePay,
                    Kind::GooglePay => wallet::Wallet::GooglePay,
                };
                let key = Zeroizing::new(text_of(&key)?);
                let trusted_json = google_keys.as_deref().map(text_of).transpose()?;
                let new = NewWalletKey { wallet, merchant_id, key, trusted_json };
                let added = with_app(&data, async |app, caller| app.wallet_key_add(caller, new).await)?;
                print(added.id.as_str())
            }
            Self::List(List { data }) => {
                let keys = with_app(&data, async |app, caller| app.wallet_keys(caller))?;
                keys.iter().try_for_each(|key| {
                    print(&format!("{} {} {} {}", key.id, key.wallet.as_str(), key.merchant_id, key.created_at))
                })
            }
            Self::Remove(Remove { id, data }) => {
                with_app(&data, async |app, caller| app.wallet_key_remove(caller, &id).await)
            }
        }
    }
}

fn text_of(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|why| Error::Conflict(format!("{}: {why}", path.display())))
}
