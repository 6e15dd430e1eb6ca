//! Where the books are.

use std::path::PathBuf;

use clap::Args;

/// The data folder and the key beside it.
#[derive(Args, Clone, Debug)]
pub struct DataConfig {
    /// Folder of the books; made where there is none
    #[arg(long, value_name = "DIR", env = "BURSAR_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// The vault's key file; DIR.key beside the folder where it is not named
    #[arg(long, value_name = "FILE", env = "BURSAR_VAULT_KEY_FILE")]
    pub vault_key_file: Option<PathBuf>,
}
