/** What an operator or a developer is told about one error code. */
export interface ErrorEntry {
  /** What happened, for somebody who has never seen the code. */
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
    meaning: "An attachment of a chat message could not be fetched from its platform.",
    action:
      "Look at the attachment's error code in the envelope; expired and forbidden links need a new message or a wider scope.",
  },
  "bench.build_failed": {
    meaning: "What a benchmark measures could not be compiled.",
    action: "Run ./mio check --only types and repair what it shows.",
  },
  "bench.load_failed": {
    meaning: "The load generator of a benchmark ended before its time.",
    action: "Read what it printed above; the machine may lack memory or file descriptors.",
  },
  "blob.bad_key": {
    meaning: "An object was to be kept under a key that a storage backend cannot hold.",
    action: "Check MIO_STORAGE_PREFIX; the key is in the log line's details.",
  },
  "blob.unavailable": {
    meaning: "The object storage did not answer or refused the operation.",
    action: "Check that the storage of MIO_BLOB_URL is reachable, writable and not full.",
  },
  "blob.unsupported_url": {
    meaning: "No storage driver serves the scheme of MIO_BLOB_URL.",
    action: "Use file:/// followed by an absolute directory.",
  },
  "bus.cannot_store": {
    meaning:
      "NATS is reachable, and a stream stores nothing: its disk or a limit is full, or it has no leader.",
    action:
      "Follow docs/operate/runbooks/disk-full.md; the log line names the streams and the server's reason.",
  },
  "bus.deliveries_exhausted": {
    meaning: "A message was delivered as often as its consumer allows and never succeeded.",
    action:
      "Find the message in the dead letters; earlier log lines with its ids tell why each attempt failed.",
  },
  "bus.no_leader": {
    meaning: "The stream exists, but none of its servers leads it: an election, or too few servers are up.",
    action:
      "Bring the NATS servers back; an election ends by itself within seconds. Messages wait meanwhile. Do not remove or recreate the stream.",
  },
  "bus.no_stream": {
    meaning: "The stream does not exist in the NATS account that is used.",
    action:
      "Wait: Mio makes its missing streams again within seconds. If it lasts, see docs/operate/runbooks/stream-missing.md.",
  },
  "bus.publish_timeout": {
    meaning: "NATS did not confirm a published message in time; it may or may not have been stored.",
    action: "Publish again with the same dedup id. When it persists, look at the disk and the load of NATS.",
  },
  "bus.rejected": {
    meaning: "JetStream refused a request, and would refuse it again.",
    action: "Read the server's own description in the log line and the limits of the stream it names.",
  },
  "bus.server_too_old": {
    meaning: "The NATS server is older than Mio needs, or runs without JetStream.",
    action: "Upgrade nats-server to 2.12 or later and start it with JetStream enabled.",
  },
  "bus.storage_failed": {
    meaning: "NATS cannot store more: its disk, its memory or a quota of the account is used up.",
    action:
      "Make room on the disk of NATS or raise JetStream's limits; if NATS logged a write error, restart it then. Messages wait meanwhile; remove no stream.",
  },
  "bus.stream_conflict": {
    meaning: "A stream or consumer has settings that the server will not change into the needed ones.",
    action:
      "Compare the settings the message names and correct them with `nats stream edit` or in the configuration. Before replacing a stream, back up what it holds.",
  },
  "bus.stream_full": {
    meaning: "A stream has reached a limit of its own and refuses new messages until old ones are read.",
    action:
      "Look why its readers are behind (for MESSAGES_OUTBOUND: the sender pool or a platform), or raise the limit the message names. Nothing that is stored is lost.",
  },
  "bus.too_large": {
    meaning: "A message is larger than NATS accepts.",
    action: "Shorten the message, or raise max_payload of the server and max_msg_size of the stream.",
  },
  "bus.unavailable": {
    meaning:
      "There is no connection to NATS, or JetStream cannot answer now, for example during an election.",
    action:
      "Check that NATS runs, that a majority of its servers is up and that MIO_NATS_URLS names them; Mio retries by itself.",
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
    meaning: "A verified webhook body is not what the platform sends, so it was answered 400.",
    action: "Compare the platform's handler with the template in the channel's README.",
  },
  "config.invalid": {
    meaning: "The process was started with settings that are missing, misspelt or out of range.",
    action: "Correct every setting the message lists; docs/config.md describes each one.",
  },
  "credentials.busy": {
    meaning: "An account's credentials could not be renewed: others were at it and did not finish in time.",
    action: "Nothing, it is tried again. When it persists, look whether the platform's token endpoint hangs.",
  },
  "credentials.no_key": {
    meaning: "Credentials are kept sealed, and this process has no key to open or seal them with.",
    action: "Set MIO_AGE_KEY_FILE to the file with the age identities that all processes of Mio share.",
  },
  "credentials.unreadable": {
    meaning: "Stored credentials could not be opened: no key fits, or they were sealed for another account.",
    action:
      "Put the identity that sealed them back into MIO_AGE_KEY_FILE, or store new ones by mio credentials set.",
  },
  "delivery.exhausted": {
    meaning: "A command failed as often as the sender pool tries; it was surely not done.",
    action:
      "Look up the reason of its last failure in the receipt or the log, repair it and send a new command.",
  },
  "delivery.expired": {
    meaning: "A command waited longer than commands may, for a rate limit or for a platform that was down.",
    action: "Send a new command if the answer is still wanted; look at the account's rate and the platform.",
  },
  "delivery.interrupted": {
    meaning: "The sender pool is stopping and gave a command back unharmed; it is delivered again.",
    action: "None, unless it happens to one command again and again: then look at why the pool restarts.",
  },
  "delivery.lost": {
    meaning: "The time of a command for later has passed, and its message is on no stream any more.",
    action: "Send it again if it is still wanted; find out who removed messages from MESSAGES_SCHEDULED.",
  },
  "delivery.permanent": {
    meaning: "A platform refused a message for good; the command went to the dead letters.",
    action: "Read the reason: correct the command, the scopes or the channel membership, then send it again.",
  },
  "delivery.refused": {
    meaning: "A command was turned away before any platform call, for example for a disabled account.",
    action: "Correct what the reason names: the account, its tenant, its channel or the command's target.",
  },
  "delivery.suppressed": {
    meaning:
      "A command was left out on purpose: a later edit took its place, it was taken back, or its edit could not be one.",
    action:
      "Nothing; the receipt's reason tells which. Set edit_fallback to choose what becomes of such an edit.",
  },
  "delivery.throttled": {
    meaning: "A platform asked for fewer calls; the message waits and is sent later.",
    action: "Nothing. When it persists, lower the account's rate limit.",
  },
  "delivery.transient": {
    meaning: "A platform could not take a message for now; it is tried again.",
    action: "Nothing. When it persists, check the platform's status page and the network.",
  },
  "delivery.unknown": {
    meaning: "A message was handed to a platform and no answer came, so it may or may not be visible.",
    action:
      "Look at the conversation. MIO_UNKNOWN_SEND decides whether such messages are held or sent again.",
  },
  "delivery.unsupported": {
    meaning: "The platform, or Mio's adapter for it, cannot do what the command asks.",
    action: "Ask the channel's capabilities first; a deletion, reaction or pin is never turned into a post.",
  },
  "embedded.dir_in_use": {
    meaning: "The data directory belongs to a server that is still running.",
    action: "Stop the other process, or choose another data directory.",
  },
  "embedded.disk_full": {
    meaning: "A local server did not start, and its disk is full or nearly so.",
    action: "Make room on the disk that the message names, or choose a folder on another one with --data.",
  },
  "embedded.nats_failed": {
    meaning: "The local nats-server did not start.",
    action: "Read the end of its log in the message; free the port or the disk it complains about.",
  },
  "embedded.no_nats_server": {
    meaning: "No usable nats-server was found and none could be fetched.",
    action:
      "Install nats-server 2.12 or later, or set MIO_NATS_SERVER to its path; the message lists what was tried.",
  },
  "embedded.no_postgres": {
    meaning: "No usable Postgres was found for this platform.",
    action: "Install Postgres 15 or later, or set MIO_POSTGRES_BIN to the folder with its programs.",
  },
  "embedded.postgres_failed": {
    meaning: "The local Postgres did not start.",
    action:
      "Read the end of its log in the message; free the port, the disk or the directory it complains about.",
  },
  "embedded.postgres_version": {
    meaning: "The data directory was made by another major version of Postgres.",
    action: "Use that version through MIO_POSTGRES_BIN, dump and reload, or choose another data directory.",
  },
  "embedded.process_failed": {
    meaning: "A process of Mio that was started from another did not become ready.",
    action: "Read the end of its output in the message; run the module by hand with the same settings.",
  },
  "embedded.server_ended": {
    meaning: "A local nats-server or Postgres ended by itself, and the fleet cannot go on without it.",
    action: "Read what it wrote last, which the message holds or names; then start again.",
  },
  "envelope.bad_id": {
    meaning: "An id does not have the form its kind demands, for example an account id that is no UUID.",
    action: "Correct the id at whoever made it; ids are never rewritten.",
  },
  "envelope.bad_token": {
    meaning: "A part of a subject is empty or holds something other than ASCII letters, digits, _ and -.",
    action: "Correct the id the message names; subjects are refused, never rewritten.",
  },
  "envelope.invalid": {
    meaning: "A message or command lacks a required field or holds a forbidden value.",
    action: "Correct every field the message lists; docs/contracts/consumer.md describes each one.",
  },
  "envelope.undecodable": {
    meaning: "The payload is not the protobuf message its subject promises.",
    action: "Find who published it (dead letter headers name stream and sequence) and correct that program.",
  },
  "gateway.no_channel": {
    meaning:
      "Nothing can come in: no channel has a signing secret, unsigned events are refused here, and no account could use a socket.",
    action:
      "Put a secret into MIO_SECRETS_DIR under the name the message gives, or add an account of a channel with a socket; then start again. On a developer's machine set MIO_ENV=dev, which takes unsigned events.",
  },
  "gateway.secret_unreadable": {
    meaning: "A webhook secret exists on disk and cannot be read.",
    action: "Let the user of the process read the file, or remove it.",
  },
  "internal.misuse": {
    meaning: "A part of Mio was called in a way it does not allow.",
    action: "This is a fault in the program, not in the settings. Report it with the log line.",
  },
  "internal.unexpected": {
    meaning: "Something failed that no code of Mio's foresaw.",
    action: "Read the log line with this code; its cause holds the original error. Report it.",
  },
  "metrics.clash": {
    meaning: "Two parts of one process define a metric of the same name differently.",
    action: "This is a fault in the program: give both the same kind and labels, or other names.",
  },
  "metrics.label_refused": {
    meaning: "A metric was defined with a label that takes a new value for every account, user or message.",
    action: "This is a fault in the program: put ids into log lines and spans instead.",
  },
  "sdk.aborted": {
    meaning: "A call of the SDK was ended by the signal it was given.",
    action: "Nothing; the program asked for it.",
  },
  "sdk.closed": {
    meaning: "The SDK's connection was disposed before or during a call.",
    action: "Connect again, or dispose the connection only after the last call.",
  },
  "sdk.invalid_option": {
    meaning: "An option given to the SDK is missing, malformed or holds a secret where none belongs.",
    action: "Correct the option the message names.",
  },
  "sdk.no_jetstream": {
    meaning: "The NATS server runs without JetStream.",
    action: "Start nats-server with JetStream on, or use the account that has it.",
  },
  "sdk.no_stream": {
    meaning: "A stream of Mio's does not exist on the NATS server.",
    action: "Start Mio's services, which make the streams, or correct `servers` and the credentials.",
  },
  "sdk.not_delivered": {
    meaning:
      "The last word of a streamed answer did not reach the platform, or it is not known whether it did.",
    action:
      "Read the receipt's code and reason in the details; the command id there is that of the dead letter too.",
  },
  "sdk.publish_refused": {
    meaning: "The server refused a command for good, for example because the agent may not publish there.",
    action: "Read the message, which ends with the server's own words.",
  },
  "sdk.publish_timeout": {
    meaning: "NATS did not confirm a command in time; it may or may not have been stored.",
    action:
      "Send it again with the same id, which never posts twice. The message names the last reason; the event publish_delayed names it earlier.",
  },
  "sdk.reading_interrupted": {
    meaning: "An agent's reading of messages was interrupted; the message has the server's words.",
    action:
      "None if it comes back, as it does by itself; else look at the NATS server and the agent's permissions.",
  },
  "sdk.receipt_timeout": {
    meaning: "No receipt for a command was seen in time; the command may still be carried out.",
    action:
      "Wait again with the same command id. If it lasts, look for the id in the sender-pool's log and in `mio dlq list`.",
  },
  "sdk.rejected": {
    meaning: "An agent refused a message for good; the dead letter carries the agent's own reason.",
    action: "Read the reason; repair the agent or the message, then publish the dead letter again.",
  },
  "sdk.server_too_old": {
    meaning: "The NATS server is older than Mio's streams need.",
    action: "Upgrade nats-server to 2.12 or later.",
  },
  "sdk.stream_full": {
    meaning: "MESSAGES_OUTBOUND takes no command: its limit, the account's limit or the disk is full.",
    action:
      "Look whether the sender-pool carries commands out; free the disk or raise the limit that the message names. Send the command again with the same id.",
  },
  "sdk.too_large": {
    meaning: "A command is larger than the NATS server accepts.",
    action: "Shorten the text, or send a link instead of the content.",
  },
  "sdk.unauthorized": {
    meaning: "The NATS server refused the credentials.",
    action: "Check the `credentials` given to `connect` and the account's permissions.",
  },
  "sdk.unreachable": {
    meaning: "No NATS server answered.",
    action: "Check that NATS runs and that `servers` names it.",
  },
  "simulator.bad_request": {
    meaning: "A simulator was asked for something its platform cannot do.",
    action: "Correct the call; the message says which value is wrong.",
  },
  "simulator.unknown_target": {
    meaning: "A simulator does not know the chat, user or message that was named.",
    action: "List what it knows with its state endpoint, or say something there first.",
  },
  "simulator.wait_timeout": {
    meaning: "What a test waited for did not happen in a simulator within the time given.",
    action: "Read the simulator's event log: it shows every webhook, call and post with its time.",
  },
  "socket.lost": {
    meaning: "The connection through which a platform sends its events broke.",
    action:
      "None if it comes back, as it does by itself; else look at the network and the platform's status page.",
  },
  "socket.overloaded": {
    meaning: "A platform sent more events through one connection than may be in hand at a time.",
    action: "The platform sends them again by itself. If it lasts, look at the latency of Postgres and NATS.",
  },
  "socket.refused": {
    meaning: "A platform refuses the credentials of the connection through which it sends events.",
    action: "The reason is in the log line's details; put valid tokens with the needed scopes in place.",
  },
  "socket.silent": {
    meaning: "The connection through which a platform sends its events was open, but nobody was there.",
    action:
      "None, it was replaced; when it happens often, look at proxies and firewalls that forget connections.",
  },
  "socket.unavailable": {
    meaning: "A platform gave no connection through which it would send its events.",
    action: "None if it comes back, as it does by itself; else look at the platform's status page.",
  },
  "store.migration_failed": {
    meaning: "The database schema could not be brought up to date; nothing of the failed step was kept.",
    action: "Read the cause in the log; check that the database user may create tables, then start again.",
  },
  "store.overloaded": {
    meaning: "More events wait for Postgres than memory is allowed to hold.",
    action: "The platform retries by itself. If it lasts, look at Postgres latency or add a gateway.",
  },
  "store.refused": {
    meaning:
      "Postgres does not accept a value itself, such as a NUL byte or an id that is too long for an index.",
    action:
      "Read the cause in the log. For an event, its account or tenant was usually deleted. No retry helps.",
  },
  "store.unavailable": {
    meaning: "Postgres does not answer.",
    action: "Check MIO_POSTGRES_DSN, the server and the network to it.",
  },
  "store.write_failed": {
    meaning: "Postgres did not carry out a statement, such as recording an event, in time.",
    action:
      "It is retried; of an event nothing was accepted, so the platform retries. Look at Postgres: locks, disk, a missing migration.",
  },
  "worker.ended": {
    meaning: "A background loop returned although nothing stopped it; it is started again.",
    action: "Look for an earlier log line of the same worker. Report it when it keeps happening.",
  },
} as const;

type CodesOf<Catalogue extends Record<string, ErrorEntry>> = keyof Catalogue;
export type ErrorCode = CodesOf<typeof errorCatalogue>;
