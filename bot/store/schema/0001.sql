-- A job is one row; Discord's message ids and the provider's task id stand side by side in it.
-- Times are UTC seconds, money is millionths of a US dollar.
CREATE TABLE job (
    id                TEXT PRIMARY KEY,
    code              TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL,
    kind              TEXT NOT NULL,
    user_id           INTEGER NOT NULL,
    guild_id          INTEGER NOT NULL,
    channel_id        INTEGER NOT NULL,
    prompt            TEXT NOT NULL,
    model             TEXT NOT NULL,
    account           TEXT NOT NULL,
    created_at        REAL NOT NULL,
    updated_at        REAL NOT NULL,
    due_at            REAL,
    fence             INTEGER NOT NULL,
    lease_until       REAL,
    attempt           INTEGER NOT NULL,
    ambiguous         INTEGER NOT NULL,
    tries             INTEGER NOT NULL,
    outcome           TEXT,
    why               TEXT NOT NULL,
    trouble           TEXT,
    facts             TEXT NOT NULL,
    aspect            TEXT,
    seconds           INTEGER,
    resolution        TEXT,
    image_url         TEXT,
    image_file        TEXT,
    note              TEXT,
    parent_id         TEXT REFERENCES job (id),
    root_id           TEXT REFERENCES job (id),
    interaction_id    INTEGER UNIQUE,
    interaction_token TEXT,
    source_message_id INTEGER UNIQUE,
    status_message_id INTEGER UNIQUE,
    result_message_id INTEGER UNIQUE,
    result_channel_id INTEGER,
    protocol          TEXT,
    endpoint          TEXT,
    task_id           TEXT,  -- not unique: a provider may hand out its source's id for a remix
    spare_ids         TEXT NOT NULL,
    request_hash      TEXT,
    intent_at         REAL,
    submitted_at      REAL,
    finished_at       REAL,
    delivered_at      REAL,
    deleted_at        REAL,
    progress          REAL,
    price_micros      INTEGER NOT NULL,
    clip_file         TEXT,
    clip_bytes        INTEGER,
    clip_sha256       TEXT,
    clip_seconds      REAL,
    rung              TEXT,
    post_first_at     REAL,
    post_last_at      REAL,
    post_epoch        INTEGER NOT NULL,
    no_remix          INTEGER NOT NULL
) STRICT;

CREATE INDEX job_due ON job (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX job_parent ON job (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX job_delivered ON job (guild_id, channel_id, delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX job_model ON job (account, model, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_running ON job (account) WHERE state IN ('submitting', 'polling');
CREATE INDEX job_task ON job (account, task_id) WHERE task_id IS NOT NULL;
CREATE INDEX job_open ON job (created_at) WHERE state IN (
    'received', 'accepted', 'submitting', 'submit_unknown', 'polling', 'downloading', 'delivering'
);
CREATE INDEX job_held ON job (updated_at) WHERE state IN ('needs_person', 'undeliverable_kept');
CREATE INDEX job_waiting ON job (account, created_at) WHERE state = 'accepted';

-- What happened to a job, appended by the database itself and never changed.
CREATE TABLE event (
    job_id     TEXT NOT NULL REFERENCES job (id),
    seq        INTEGER NOT NULL,
    at         REAL NOT NULL,
    from_state TEXT,
    to_state   TEXT NOT NULL,
    why        TEXT NOT NULL,
    fence      INTEGER NOT NULL,
    PRIMARY KEY (job_id, seq)
) STRICT;

CREATE TRIGGER job_received AFTER INSERT ON job
BEGIN
    INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)
    VALUES (NEW.id, 1, NEW.updated_at, NULL, NEW.state, NEW.why, NEW.fence);
END;

CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN OLD.state <> NEW.state
BEGIN
    INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)
    VALUES (
        NEW.id,
        (SELECT max(seq) + 1 FROM event WHERE job_id = NEW.id),
        NEW.updated_at, OLD.state, NEW.state, NEW.why, NEW.fence
    );
END;

CREATE TRIGGER event_is_kept BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- Money moves between accounts; each kind of move happens at most once a job.
CREATE TABLE ledger (
    job_id TEXT NOT NULL REFERENCES job (id),
    kind   TEXT NOT NULL,  -- reserve, hold, capture, release
    debit  TEXT NOT NULL,
    credit TEXT NOT NULL,
    micros INTEGER NOT NULL CHECK (micros >= 0),
    at     REAL NOT NULL,
    UNIQUE (job_id, kind)
) STRICT;

CREATE TRIGGER ledger_is_kept BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- Small facts that outlive a process: the hash of the synced commands, a learned upload limit.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at    REAL NOT NULL
) STRICT;
