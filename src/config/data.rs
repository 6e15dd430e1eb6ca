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

/// The folder of the demo company: apart from real books unless it is named.
#[derive(Args, Clone, Debug)]
pub struct DemoConfig {
    /// Folder of the demo company; furnished where it is new or empty
    #[arg(long, value_name = "DIR", env = "BURSAR_DATA", default_value = "./demo")]
    data: PathBuf,
    /// The vault's key file; DIR.key beside the folder where it is not named
    #[arg(long, value_name = "FILE", env = "BURSAR_VAULT_KEY_FILE")]
    vault_key_file: Option<PathBuf>,
}

impl From<DemoConfig> for DataConfig {
    fn from(DemoConfig { data, vault_key_file }: DemoConfig) -> Self {
        Self { data, vault_key_file }
    }
}
