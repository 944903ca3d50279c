//! Group commit: many callers' small writes in one transaction, so that one sync of the disk makes all of them durable.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{Args, Db, Dialect, Statement, StoreError, Tx, error::because};

/// How many batches one transaction takes.
const GROUP_BATCHES: usize = 512;
/// How many bytes of arguments one transaction takes, as far as can be seen before the last batch is added.
const GROUP_BYTES: usize = 16 * 1024 * 1024;
/// How many batches wait before callers have to.
const WAITING: usize = 1024;
/// PostgreSQL commits several transactions with one sync as well, and spends most of its time waiting for the network.
const POSTGRES_WRITERS: usize = 4;

/// The writes of one caller: all of them happen, or none.
#[derive(Default)]
pub struct Batch {
    steps: Vec<(Statement, Args)>,
    wakes: Vec<String>,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a statement. It runs after the earlier ones of this batch; statements of other batches may run in between.
    #[must_use]
    pub fn with(mut self, statement: Statement, args: Args) -> Self {
        self.push(statement, args);
        self
    }

    /// Like [`Batch::with`], in place.
    pub fn push(&mut self, statement: Statement, args: Args) {
        self.steps.push((statement, args));
    }

    /// Notifies a channel at the commit; see [`Tx::notify`].
    #[must_use]
    pub fn wake(mut self, channel: &str) -> Self {
        self.wakes.push(channel.to_owned());
        self
    }

    /// Runs the statements in a transaction of the caller's, where something else has to happen together with them.
    ///
    /// # Errors
    /// See [`Tx::execute`].
    pub async fn run_in(self, tx: &mut Tx) -> Result<(), StoreError> {
        for (statement, args) in self.steps {
            tx.execute(statement, args).await?;
        }
        for channel in &self.wakes {
            tx.notify(channel);
        }
        Ok(())
    }

    fn size_bytes(&self) -> usize {
        self.steps.iter().map(|(_, args)| args.size_bytes()).sum()
    }
}

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

/// Takes batches from many tasks and commits what has arrived together. Cheap to clone; its tasks end, after what they were
/// given is committed, when the last clone is dropped.
#[derive(Clone)]
pub struct GroupWriter {
    queue: mpsc::Sender<Waiting>,
}

impl GroupWriter {
    /// Starts the writing tasks on the current tokio runtime: one on SQLite, several on PostgreSQL.
    pub fn start(db: Db) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let writers = match db.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => POSTGRES_WRITERS,
        };
        for _ in 0..writers {
            tokio::spawn(run(db.clone(), Arc::clone(&waiting)));
        }
        Self { queue }
    }

    /// Commits a batch with others. When this returns `Ok`, it is durable.
    ///
    /// A batch that the database refuses fails alone: the others of its group are committed without it. A caller that stops
    /// waiting does not take its batch back.
    ///
    /// # Errors
    /// See [`Tx::execute`] and [`Tx::commit`].
    pub async fn write(&self, batch: Batch) -> Result<(), StoreError> {
        let (answer, result) = oneshot::channel();
        let gone = || StoreError::Unreachable(because("the writing task has ended"));
        self.queue.send(Waiting { batch, answer }).await.map_err(|_| gone())?;
        result.await.map_err(|_| gone())?
    }
}

async fn run(db: Db, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let group = {
            let mut waiting = waiting.lock().await;
            take(&mut waiting).await
        };
        if group.is_empty() {
            return;
        }
        commit(&db, group).await;
    }
}

/// Waits for one batch and takes what else is there. Empty when no more can come.
async fn take(waiting: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let Some(first) = waiting.recv().await else { return Vec::new() };
    let mut bytes = first.batch.size_bytes();
    let mut group = vec![first];
    while group.len() < GROUP_BATCHES && bytes < GROUP_BYTES {
        let Ok(next) = waiting.try_recv() else { break };
        bytes += next.batch.size_bytes();
        group.push(next);
    }
    group
}

async fn commit(db: &Db, group: Vec<Waiting>) {
    let batches: Vec<&Batch> = group.iter().map(|waiting| &waiting.batch).collect();
    let mut result = together(db, &batches).await;
    if matches!(result, Err(Failure::Statement(StoreError::Busy))) {
        // Two groups on PostgreSQL can lock the same rows crosswise; the one that was chosen to give way tries again, once.
        result = together(db, &batches).await;
    }
    match result {
        Ok(()) => answer_all(group, &Ok(())),
        // Not the fault of any one batch.
        Err(Failure::Commit(error) | Failure::Statement(error @ (StoreError::Unreachable(_) | StoreError::Busy))) => {
            answer_all(group, &Err(error));
        }
        Err(Failure::Statement(error)) if batches.len() == 1 => answer_all(group, &Err(error)),
        Err(Failure::Statement(_)) => {
            // One of them is bad, and which one is not known: each for itself.
            for waiting in group {
                let result = together(db, &[&waiting.batch]).await;
                drop(waiting.answer.send(result.map_err(Failure::into_inner)));
            }
        }
    }
}

fn answer_all(group: Vec<Waiting>, result: &Result<(), StoreError>) {
    for waiting in group {
        // A caller that stopped waiting wants no answer.
        drop(waiting.answer.send(result.clone()));
    }
}

enum Failure {
    /// Nothing was committed.
    Statement(StoreError),
    /// Not known to be undone, so it must not be tried again.
    Commit(StoreError),
}

impl Failure {
    fn into_inner(self) -> StoreError {
        match self {
            Self::Statement(error) | Self::Commit(error) => error,
        }
    }
}

async fn together(db: &Db, batches: &[&Batch]) -> Result<(), Failure> {
    let mut tx = db.write().await.map_err(Failure::Statement)?;
    if let Err(error) = write_all(&mut tx, batches).await {
        // The error that matters is the first one.
        drop(tx.rollback().await);
        return Err(Failure::Statement(error));
    }
    tx.commit().await.map_err(Failure::Commit)
}

/// The first statements of all batches, then the second ones, and so on: neighbours are then mostly the same statement and
/// go to the database many rows at a time. Inside a batch the order is kept.
async fn write_all(tx: &mut Tx, batches: &[&Batch]) -> Result<(), StoreError> {
    let dialect = tx.dialect();
    let longest = batches.iter().map(|batch| batch.steps.len()).max().unwrap_or(0);
    for position in 0..longest {
        let steps: Vec<&(Statement, Args)> = batches.iter().filter_map(|batch| batch.steps.get(position)).collect();
        for run in steps.chunk_by(|(one, _), (next, _)| one.text(dialect) == next.text(dialect)) {
            if let Some((statement, _)) = run.first() {
                let rows: Vec<&Args> = run.iter().map(|(_, args)| args).collect();
                tx.execute_rows(statement, &rows).await?;
            }
        }
    }
    for channel in batches.iter().flat_map(|batch| &batch.wakes) {
        tx.notify(channel);
    }
    Ok(())
}
