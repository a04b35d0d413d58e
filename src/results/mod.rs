//! What does a run leave behind, whole or not at all?

mod block_log;
pub mod combinations;
pub mod curves;
pub mod difference;
pub mod folder;
pub mod manifest;
pub mod parquet;
pub mod recorded;
pub mod scan;
pub mod shard;
pub mod stream;
pub mod summary;
pub mod tables;
mod thrift;
