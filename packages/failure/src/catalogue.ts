/** The explanation of one error code, for operators and developers. */
export interface ErrorEntry {
  /** What happened, for a reader who has never seen the code. */
  readonly meaning: string;
  /** The next step that repairs it. */
  readonly action: string;
}

/**
 * Every error code of Mio. `docs/errors.md` is generated from this table, and the type of
 * {@link MioError.code} is its key set, so a code cannot exist without an explanation.
 */
export const errorCatalogue = {
  "attachment.unavailable": {
    meaning: "Mio could not fetch an attachment of a chat message from its platform.",
    action:
      "Read the attachment's error code in the envelope. An expired link needs a new message; a forbidden one needs a wider scope.",
  },
  "bench.build_failed": {
    meaning: "The code that a benchmark measures does not compile.",
    action: "Run ./mio check --only types and fix the errors it prints.",
  },
  "bench.load_failed": {
    meaning: "The load generator of a benchmark exited early.",
    action: "Read its output above; the machine may lack memory or file descriptors.",
  },
  "blob.bad_key": {
    meaning: "An object key contains characters that a storage backend does not accept.",
    action: "Check MIO_STORAGE_PREFIX; the key is in the log line's details.",
  },
  "blob.unavailable": {
    meaning: "The object storage did not answer or refused the operation.",
    action: "Do what the message says. Check that the storage of MIO_BLOB_URL is reachable and not full.",
  },
  "blob.unsupported_url": {
    meaning: "No storage driver serves the scheme of MIO_BLOB_URL.",
    action: "Use file:/// and an absolute directory, or s3:// and a bucket, without credentials.",
  },
  "bus.cannot_store": {
    meaning:
      "NATS is reachable, but a stream stores nothing: its disk is full, a limit is reached, or it has no leader.",
    action:
      "Follow docs/operate/runbooks/disk-full.md; the log line names the streams and the server's reason.",
  },
  "bus.deliveries_exhausted": {
    meaning: "A message reached the maximum number of deliveries of its consumer and never succeeded.",
    action:
      "Find the message in the dead letters. Earlier log lines with its ids show why each attempt failed.",
  },
  "bus.no_leader": {
    meaning: "The stream exists, but no server leads it: an election is running, or too few servers are up.",
    action:
      "Start the missing NATS servers; an election ends within seconds. Messages wait. Do not delete or re-create the stream.",
  },
  "bus.no_stream": {
    meaning: "The stream does not exist in the NATS account that Mio uses.",
    action:
      "Wait: Mio re-creates missing streams within seconds. If the error persists, follow docs/operate/runbooks/stream-missing.md.",
  },
  "bus.not_durable": {
    meaning:
      "A power cut of a NATS server would lose messages that it has confirmed: it syncs in the background.",
    action:
      "Set sync_interval: always in the jetstream block of nats-server, or use three servers and MIO_NATS_REPLICAS=3; see docs/operate/nats.md.",
  },
  "bus.publish_timeout": {
    meaning: "NATS did not confirm a published message in time; it may or may not have been stored.",
    action:
      "Publish again with the same dedup id. If the error persists, check the disk and the load of NATS.",
  },
  "bus.rejected": {
    meaning: "JetStream refused a request and would refuse it again.",
    action: "Read the server's description in the log line, and check the limits of the stream it names.",
  },
  "bus.server_too_old": {
    meaning: "The NATS server is older than Mio requires, or runs without JetStream.",
    action: "Upgrade nats-server to 2.12 or later and start it with JetStream enabled.",
  },
  "bus.storage_failed": {
    meaning: "NATS cannot store more: its disk, its memory or a quota of the account is used up.",
    action:
      "Free space on the disk of NATS or raise JetStream's limits. If NATS logged a write error, restart it afterwards. Messages wait; do not delete a stream.",
  },
  "bus.stream_conflict": {
    meaning: "A stream or consumer has settings that the server does not change to the required ones.",
    action:
      "Compare the settings in the message, and correct them with `nats stream edit` or in the configuration. Before you replace a stream, back up its messages.",
  },
  "bus.stream_full": {
    meaning: "A stream reached its own limit and refuses new messages until old ones are read.",
    action:
      "Find out why its readers lag (for MESSAGES_OUTBOUND: the sender pool or a platform), or raise the limit that the message names. Stored messages are safe.",
  },
  "bus.too_large": {
    meaning: "A message is larger than NATS accepts.",
    action: "Shorten the message, or raise max_payload of the server and max_msg_size of the stream.",
  },
  "bus.unavailable": {
    meaning: "NATS is not connected, or JetStream cannot answer now, for example during an election.",
    action:
      "Check that NATS runs, that a majority of its servers is up, and that MIO_NATS_URLS names them. Mio retries.",
  },
  "channel.duplicate": {
    meaning: "Two channel adapters claim the same channel type.",
    action: "Remove one of them from channels/all.",
  },
  "channel.unknown_type": {
    meaning: "A channel adapter has a type that the channel registry does not list.",
    action: "Add the type to proto/channels.yaml and generate the contract again.",
  },
  "channel.unparseable": {
    meaning:
      "A webhook with a valid signature has a body that the platform does not send; the gateway answered 400.",
    action: "Compare the platform's handler with the template in the channel's README.",
  },
  "config.invalid": {
    meaning: "The process started with settings that are missing, misspelt or out of range.",
    action: "Correct every setting that the message lists; docs/config.md describes each one.",
  },
  "credentials.busy": {
    meaning: "Mio could not renew an account's credentials: another process held the lock for too long.",
    action: "Nothing: Mio retries. If the error persists, check whether the platform's token endpoint hangs.",
  },
  "credentials.no_key": {
    meaning: "Stored credentials are sealed, and this process has no key to open or seal them.",
    action: "Set MIO_AGE_KEY_FILE to the file with the age identities that all processes of Mio share.",
  },
  "credentials.unreadable": {
    meaning: "Stored credentials cannot be opened: no key fits, or they were sealed for another account.",
    action:
      "Put the identity that sealed them back into MIO_AGE_KEY_FILE, or store new ones with ./mio credentials set.",
  },
  "delivery.exhausted": {
    meaning:
      "A command failed on every attempt that the sender pool makes. It was not delivered and is not retried.",
    action: "Read the reason of the last failure in the receipt or the log, fix it and send a new command.",
  },
  "delivery.expired": {
    meaning:
      "A command waited longer than the limit, for its rate limit or for a platform that was unavailable.",
    action:
      "Send a new command if the answer is still wanted. Check the account's rate limit and the platform.",
  },
  "delivery.interrupted": {
    meaning: "The sender pool is stopping and returned a command before any call; NATS redelivers it.",
    action: "Nothing. If it happens to the same command repeatedly, find out why the pool restarts.",
  },
  "delivery.lost": {
    meaning: "The send time of a scheduled command has passed, but no stream has its message any more.",
    action:
      "Send it again if it is still wanted. Find out which process deleted messages from MESSAGES_SCHEDULED.",
  },
  "delivery.permanent": {
    meaning: "A platform rejected a message permanently; the command is in the dead letters.",
    action: "Read the reason, correct the command, the scopes or the channel membership, and send it again.",
  },
  "delivery.refused": {
    meaning:
      "The sender pool rejected a command before any platform call, for example for a disabled account.",
    action: "Correct what the reason names: the account, its tenant, its channel or the command's target.",
  },
  "delivery.suppressed": {
    meaning:
      "The sender pool skipped a command on purpose: a later edit replaced it, it was cancelled, or its edit was not possible.",
    action:
      "Nothing; the receipt's reason names the case. Set edit_fallback to choose what happens to an edit that is not possible.",
  },
  "delivery.throttled": {
    meaning: "A platform asked for fewer calls; the message waits and is sent later.",
    action: "Nothing. If it persists, lower the account's rate limit.",
  },
  "delivery.transient": {
    meaning: "A platform could not accept a message now; the sender pool retries.",
    action: "Nothing. If it persists, check the platform's status page and the network.",
  },
  "delivery.unknown": {
    meaning: "A message was sent to a platform and no answer came, so it may or may not be visible.",
    action:
      "Look at the conversation. MIO_UNKNOWN_SEND decides whether such messages are kept back or sent again.",
  },
  "delivery.unsupported": {
    meaning: "The platform, or Mio's adapter for it, does not support what the command asks for.",
    action:
      "Read the channel's capabilities before sending. A deletion, reaction or pin never becomes a post.",
  },
  "embedded.dir_in_use": {
    meaning: "The data directory belongs to a server that is still running.",
    action: "Stop the other process, or choose another data directory.",
  },
  "embedded.disk_full": {
    meaning: "A local server did not start, and its disk is full or nearly full.",
    action: "Free space on the disk that the message names, or choose a folder on another disk with --data.",
  },
  "embedded.nats_failed": {
    meaning: "The local nats-server did not start.",
    action: "Read the end of its log in the message, and free the port or the disk space it asks for.",
  },
  "embedded.no_nats_server": {
    meaning: "Mio found no usable nats-server and could not download one.",
    action:
      "Install nats-server 2.12 or later, or set MIO_NATS_SERVER to its path. The message lists what Mio tried.",
  },
  "embedded.no_postgres": {
    meaning: "Mio found no usable Postgres for this platform.",
    action: "Install Postgres 15 or later, or set MIO_POSTGRES_BIN to the folder with its programs.",
  },
  "embedded.postgres_failed": {
    meaning: "The local Postgres did not start.",
    action:
      "Read the end of its log in the message, and free the port, the disk space or the directory it asks for.",
  },
  "embedded.postgres_version": {
    meaning: "Another major version of Postgres created the data directory.",
    action: "Use that version through MIO_POSTGRES_BIN, dump and reload, or choose another data directory.",
  },
  "embedded.process_failed": {
    meaning: "A child process of Mio did not become ready.",
    action: "Read the end of its output in the message, and run the module yourself with the same settings.",
  },
  "embedded.server_ended": {
    meaning: "A local nats-server or Postgres exited, and the fleet cannot continue without it.",
    action: "Read its last output, which the message contains or names, and start again.",
  },
  "envelope.bad_id": {
    meaning: "An id does not have the form of its kind, for example an account id that is not a UUID.",
    action: "Correct the id where it is created; Mio never rewrites ids.",
  },
  "envelope.bad_token": {
    meaning: "A part of a subject is empty or contains more than ASCII letters, digits, _ and -.",
    action: "Correct the id that the message names; Mio never rewrites subjects.",
  },
  "envelope.invalid": {
    meaning: "A message or command lacks a required field or has a forbidden value.",
    action: "Correct every field that the message lists; docs/contracts/consumer.md describes each one.",
  },
  "envelope.undecodable": {
    meaning: "The payload is not the protobuf message that its subject requires.",
    action:
      "Find the program that published it (dead letter headers name stream and sequence), and correct it.",
  },
  "gateway.no_channel": {
    meaning:
      "The gateway cannot receive events: no channel has a signing secret, unsigned events are refused here, and no account can use a socket.",
    action:
      "Put a secret into MIO_SECRETS_DIR under the name in the message, or add an account of a channel with a socket, and start again. On a developer's machine, set MIO_ENV=dev to accept unsigned events.",
  },
  "gateway.secret_unreadable": {
    meaning: "A webhook secret exists on disk, but the process cannot read it.",
    action: "Give the user of the process read access to the file, or remove the file.",
  },
  "internal.misuse": {
    meaning: "Code called a part of Mio in a way that it does not allow.",
    action: "This is a bug, not a wrong setting. Report it with the log line.",
  },
  "internal.unexpected": {
    meaning: "An error occurred that has no code in Mio.",
    action: "Read the log line with this code; its cause is the original error. Report it.",
  },
  "metrics.clash": {
    meaning: "Two parts of one process define a metric with the same name but not the same kind or labels.",
    action: "This is a bug: give both the same kind and labels, or different names.",
  },
  "metrics.label_refused": {
    meaning: "A metric has a label with a new value for every account, user or message.",
    action: "This is a bug: put ids into log lines and spans instead.",
  },
  "sdk.aborted": {
    meaning: "The abort signal of an SDK call ended the call.",
    action: "Nothing; the program asked for it.",
  },
  "sdk.closed": {
    meaning: "The SDK's connection was closed before or during a call.",
    action: "Connect again, or close the connection only after the last call.",
  },
  "sdk.invalid_option": {
    meaning: "An SDK option is missing or malformed, or contains a secret where none is allowed.",
    action: "Correct the option that the message names.",
  },
  "sdk.no_jetstream": {
    meaning: "The NATS server runs without JetStream.",
    action: "Start nats-server with JetStream enabled, or use the account that has it.",
  },
  "sdk.no_stream": {
    meaning: "A stream of Mio does not exist on the NATS server.",
    action: "Start Mio's services, which create the streams, or correct `servers` and the credentials.",
  },
  "sdk.not_delivered": {
    meaning:
      "The final text of a streamed answer did not reach the platform, or its delivery is not confirmed.",
    action:
      "Read the code and reason of the receipt in the details. The dead letter has the same command id.",
  },
  "sdk.publish_refused": {
    meaning:
      "The server rejected a command permanently, for example because the agent has no permission to publish there.",
    action: "Read the message; it ends with the server's own text.",
  },
  "sdk.publish_timeout": {
    meaning: "NATS did not confirm a command in time; it may or may not have been stored.",
    action:
      "Send it again with the same id, which never posts twice. The message contains the last reason; the event publish_delayed reports it earlier.",
  },
  "sdk.reading_interrupted": {
    meaning: "The SDK stopped reading messages; the error contains the server's text.",
    action:
      "Nothing if reading resumes: the SDK retries. Otherwise check the NATS server and the agent's permissions.",
  },
  "sdk.receipt_timeout": {
    meaning: "No receipt for a command arrived in time; the command may still be delivered.",
    action:
      "Wait again with the same command id. If the error persists, search for the id in the sender-pool's log and in `mio dlq list`.",
  },
  "sdk.rejected": {
    meaning: "An agent rejected a message permanently; the dead letter has the agent's reason.",
    action: "Read the reason, fix the agent or the message, and publish the dead letter again.",
  },
  "sdk.server_too_old": {
    meaning: "The NATS server is older than Mio's streams require.",
    action: "Upgrade nats-server to 2.12 or later.",
  },
  "sdk.stream_full": {
    meaning: "MESSAGES_OUTBOUND accepts no command: its limit, the account's limit or the disk is full.",
    action:
      "Check that the sender-pool delivers commands, and free disk space or raise the limit that the message names. Send the command again with the same id.",
  },
  "sdk.too_large": {
    meaning: "A command is larger than the NATS server accepts.",
    action: "Shorten the text, or send a link instead of the content.",
  },
  "sdk.unauthorized": {
    meaning: "The NATS server refused the credentials.",
    action: "Check the `credentials` passed to `connect` and the account's permissions.",
  },
  "sdk.unreachable": {
    meaning: "No NATS server answered.",
    action: "Check that NATS runs and that `servers` names it.",
  },
  "simulator.bad_request": {
    meaning: "A simulator was asked for something that its platform cannot do.",
    action: "Correct the call; the message names the wrong value.",
  },
  "simulator.unknown_target": {
    meaning: "A simulator has no chat, user or message with the given name.",
    action: "List what exists with its state endpoint, or post a message there first.",
  },
  "simulator.wait_timeout": {
    meaning: "An event that a test waited for did not happen in a simulator in time.",
    action: "Read the simulator's event log: it has every webhook, call and post with its time.",
  },
  "socket.lost": {
    meaning: "The connection through which a platform sends its events broke.",
    action:
      "Nothing if it returns: Mio reconnects. Otherwise check the network and the platform's status page.",
  },
  "socket.overloaded": {
    meaning:
      "A platform sent more events through one connection than the gateway processes at the same time.",
    action: "Nothing: the platform sends them again. If it persists, check the latency of Postgres and NATS.",
  },
  "socket.refused": {
    meaning: "A platform refuses the credentials of the connection through which it sends events.",
    action: "Read the reason in the log line's details, and store valid tokens with the required scopes.",
  },
  "socket.silent": {
    meaning:
      "The connection through which a platform sends its events was open, but the platform was silent.",
    action:
      "Nothing: Mio replaced the connection. If it happens often, check proxies and firewalls that drop idle connections.",
  },
  "socket.unavailable": {
    meaning: "A platform did not open a connection for its events.",
    action: "Nothing if it returns: Mio retries. Otherwise check the platform's status page.",
  },
  "store.migration_failed": {
    meaning: "A migration of the database schema failed; the failed step was rolled back.",
    action: "Read the cause in the log, check that the database user may create tables, and start again.",
  },
  "store.overloaded": {
    meaning: "More events wait for Postgres than memory allows.",
    action: "Nothing: the platform retries. If it persists, check the latency of Postgres or add a gateway.",
  },
  "store.refused": {
    meaning: "Postgres does not accept a value, such as a NUL byte or an id that is too long for an index.",
    action:
      "Read the cause in the log. For an event, its account or tenant was usually deleted. A retry does not help.",
  },
  "store.unavailable": {
    meaning: "Postgres does not answer.",
    action: "Check MIO_POSTGRES_DSN, the server and the network to it.",
  },
  "store.write_failed": {
    meaning: "Postgres did not execute a statement in time, for example to record an event.",
    action:
      "Nothing: Mio retries, and the platform sends an unrecorded event again. If it persists, check Postgres: locks, disk, a missing migration.",
  },
  "worker.ended": {
    meaning: "A background loop returned although nothing stopped it; Mio restarts it.",
    action: "Look for an earlier log line of the same worker. Report it if it keeps happening.",
  },
} as const;

type CodesOf<Catalogue extends Record<string, ErrorEntry>> = keyof Catalogue;
export type ErrorCode = CodesOf<typeof errorCatalogue>;
