use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use flyball_storefronts::RunningStore;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::proxy::Proxy;

/// A tap, as its authors published it.
#[derive(Debug)]
pub struct Tap {
    program: PathBuf,
    proxy: Proxy,
    folder: TempDir,
}

impl Tap {
    /// A tap that finds `store` at its own hosts.
    pub async fn start(name: &str, hosts: &[&str], store: &RunningStore) -> Self {
        let taps = std::env::var_os("FLYBALL_TAPS");
        let taps = PathBuf::from(taps.expect("FLYBALL_TAPS names the folder of the taps"));
        let address = store.url().strip_prefix("http://").unwrap().parse().unwrap();
        let proxy = Proxy::start(hosts, address).await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), &proxy.authority).unwrap();
        Self { program: taps.join(name).join("bin").join(name), proxy, folder }
    }

    /// All records of one stream, as a first import of it brings them.
    pub async fn records(&self, config: &Value, stream: &str) -> Vec<Value> {
        let config = self.file("config.json", config);
        let found = self.run(&["--config", &config, "--discover"]).await;
        let mut catalog: Value = serde_json::from_str(&found).unwrap();
        for entry in catalog["streams"].as_array_mut().unwrap() {
            let selected = entry["tap_stream_id"] == stream;
            for metadata in entry["metadata"].as_array_mut().unwrap() {
                metadata["metadata"]["selected"] = selected.into();
            }
        }
        let catalog = self.file("catalog.json", &catalog);
        let state = self.file("state.json", &json!({}));
        let arguments = ["--config", &config, "--catalog", &catalog, "--state", &state];
        let messages = self.run(&arguments).await;
        let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let record = |message: Value| {
            let is_record = message["type"] == "RECORD" && message["stream"] == stream;
            is_record.then(|| message["record"].clone())
        };
        messages.filter_map(record).collect()
    }

    fn file(&self, name: &str, content: &Value) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let authority = self.folder.path().join("authority.pem");
        let ended = Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("HTTPS_PROXY", &self.proxy.url)
            .env("https_proxy", &self.proxy.url)
            .env("SSL_CERT_FILE", &authority)
            .env("REQUESTS_CA_BUNDLE", &authority)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let log = String::from_utf8_lossy(&ended.stderr);
        let end = log.char_indices().rev().nth(4_000).map_or(0, |(at, _)| at);
        assert!(ended.status.success(), "{arguments:?}: {}", &log[end..]);
        String::from_utf8(ended.stdout).unwrap()
    }
}
