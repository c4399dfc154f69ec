// A member at a client that excludes insecure devices: no keys for devices that their owner has not signed, and no
// message of theirs is read. Driven by JSON lines: {"id", "do", ...} in, {"id", "value"} or {"id", "error"} out.
// Its keys live in memory: a new process is a new device, as after an installation on another telephone.

import { createInterface } from "node:readline";

import { createClient, ClientEvent, MatrixEventEvent, RoomEvent, RoomMemberEvent } from "matrix-js-sdk";
import { AllDevicesIsolationMode, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

// Standard output belongs to the answers.
for (const name of ["debug", "info", "log", "trace", "warn"]) console[name] = () => {};
logger.setLevel?.("error");

const POLL_MS = 10_000;
const KEY_MESSAGES = "/sendToDevice/m.room.encrypted/";
const ENCRYPTED = "m.room.encrypted";
const CHANGED = "changed";

let client;
let userId;
let storageKey = null;
let since = 0;
let holding = false;
const held = [];
const seen = new Map();
const news = new EventTarget();

const changed = () => news.dispatchEvent(new Event(CHANGED));

async function request(address, options) {
    if (holding && String(address).includes(KEY_MESSAGES)) {
        // The key is on its way, as far as the sender knows.
        held.push([address, { ...options, signal: undefined }]);
        return new Response("{}", { status: 200, headers: { "Content-Type": "application/json" } });
    }
    return fetch(address, options);
}

function until(find, seconds, what) {
    return new Promise((resolve, reject) => {
        const stop = () => {
            clearTimeout(timer);
            news.removeEventListener(CHANGED, look);
        };
        const look = async () => {
            const found = await find();
            if (found) {
                stop();
                resolve(found);
            }
        };
        const timer = setTimeout(() => {
            stop();
            reject(new Error(`${what()} did not come within ${seconds} s`));
        }, seconds * 1000);
        news.addEventListener(CHANGED, look);
        look();
    });
}

function keep(event, room) {
    // Our own message first has an id that only we know; what is older than this device has no key for it.
    if (!room || event.isState() || !event.getId()?.startsWith("$") || event.getTs() < since) return;
    if (!seen.has(room.roomId)) seen.set(room.roomId, new Map());
    seen.get(room.roomId).set(event.getId(), event);
    changed();
}

function failure(event) {
    return event.decryptionFailureReason ?? (event.getType() === ENCRYPTED ? "NOT_TRIED_YET" : null);
}

function shown(event) {
    const relation = event.getWireContent()["m.relates_to"] ?? {};
    return {
        event_id: event.getId(),
        sender: event.getSender(),
        type: event.getType(),
        body: event.getContent().body ?? "",
        reply_to: relation["m.in_reply_to"]?.event_id ?? null,
        encrypted: event.isEncrypted(),
        redacted: event.isRedacted(),
        failure: event.isRedacted() ? null : failure(event),
    };
}

const events = (room) => [...(seen.get(room)?.values() ?? [])];

const confirmed = (password) => async (upload) => {
    try {
        return await upload(null);
    } catch (error) {
        if (error.httpStatus !== 401) throw error;
        const identifier = { type: "m.id.user", user: userId };
        return upload({ type: "m.login.password", identifier, password, session: error.data.session });
    }
};

async function logIn({ homeserver, user, password, unsigned }) {
    const identifier = { type: "m.id.user", user };
    const anonymous = createClient({ baseUrl: homeserver });
    const login = await anonymous.loginRequest({ type: "m.login.password", identifier, password });
    userId = login.user_id;
    since = Date.now();
    client = createClient({
        baseUrl: homeserver,
        userId,
        deviceId: login.device_id,
        accessToken: login.access_token,
        fetchFn: request,
        cryptoCallbacks: { getSecretStorageKey: async ({ keys }) => storageKey && [Object.keys(keys)[0], storageKey] },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    // A device outside of its owner's identity could not even write in the strict mode.
    const mode = unsigned ? new AllDevicesIsolationMode(false) : new OnlySignedDevicesIsolationMode();
    client.getCrypto().setDeviceIsolationMode(mode);
    client.on(RoomEvent.Timeline, keep);
    client.on(RoomEvent.Redaction, changed);
    client.on(MatrixEventEvent.Decrypted, changed);
    client.on(MatrixEventEvent.Replaced, changed);
    client.on(RoomMemberEvent.Membership, changed);
    client.on(RoomEvent.MyMembership, async (room, membership) => {
        changed();
        if (membership === "invite") await client.joinRoom(room.roomId);
    });
    const prepared = new Promise((resolve) => client.once(ClientEvent.Sync, resolve));
    await client.startClient({ initialSyncLimit: 100, pollTimeout: POLL_MS });
    await prepared;
}

const commands = {
    // With a recovery key the device joins the identity that exists; with "unsigned" it stays outside of it.
    async open({ recovery_key, ...who }) {
        await logIn(who);
        const crypto = client.getCrypto();
        let recoveryKey = recovery_key ?? null;
        if (recovery_key) {
            storageKey = (await import("matrix-js-sdk/lib/crypto-api/recovery-key.js")).decodeRecoveryKey(recovery_key);
            // Without the identity's public keys the private ones are not taken.
            await crypto.userHasCrossSigningKeys(userId, true);
            await crypto.bootstrapCrossSigning({});
        } else if (!who.unsigned) {
            await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: confirmed(who.password) });
            const made = await crypto.createRecoveryKeyFromPassphrase();
            storageKey = made.privateKey;
            recoveryKey = made.encodedPrivateKey;
            const createSecretStorageKey = async () => made;
            await crypto.bootstrapSecretStorage({ createSecretStorageKey, setupNewSecretStorage: true });
        }
        return { user_id: userId, device_id: client.getDeviceId(), recovery_key: recoveryKey };
    },

    async room({ alias, seconds }) {
        const { room_id: roomId } = await client.getRoomIdForAlias(alias);
        await until(() => client.getRoom(roomId)?.getMyMembership() === "join", seconds, () => `membership in ${alias}`);
        return roomId;
    },

    async open_direct_chat({ other, seconds }) {
        const content = { algorithm: "m.megolm.v1.aes-sha2" };
        const { room_id: roomId } = await client.createRoom({
            preset: "trusted_private_chat",
            is_direct: true,
            invite: [other],
            initial_state: [{ type: "m.room.encryption", state_key: "", content }],
        });
        const joined = () => client.getRoom(roomId)?.getMember(other)?.membership === "join";
        await until(joined, seconds, () => `${other} in a direct chat`);
        return roomId;
    },

    async say({ room, body, reply_to }) {
        const content = { msgtype: "m.text", body };
        if (reply_to) content["m.relates_to"] = { "m.in_reply_to": { event_id: reply_to } };
        return (await client.sendMessage(room, content)).event_id;
    },

    // The answer to a message, once it can be read.
    async answer({ room, event_id, seconds }) {
        const find = () => events(room).map(shown).find((each) => each.reply_to === event_id);
        const why = () => `a readable answer to ${event_id} (${find()?.failure ?? "nothing came"})`;
        return until(() => (find()?.failure === null ? find() : null), seconds, why);
    },

    async expect({ room, body, seconds }) {
        const find = () => events(room).map(shown).find((each) => each.body === body && each.failure === null);
        return until(find, seconds, () => `the message ${body}`);
    },

    async messages({ room }) {
        return events(room).map(shown);
    },

    // What keeps this client from reading messages, by event.
    async failures({ room }) {
        await Promise.all(events(room).map((event) => event.getDecryptionPromise()));
        return events(room).map(shown).filter((each) => each.failure !== null);
    },

    // How the client shows a message: 0 is without any shield.
    async shield({ room, event_id }) {
        const event = seen.get(room)?.get(event_id);
        return (await client.getCrypto().getEncryptionInfoForEvent(event))?.shieldColour ?? null;
    },

    // The devices of somebody, and whether their owner's identity has signed them.
    async devices({ user }) {
        const crypto = client.getCrypto();
        const devices = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
        const signed = async (id) => (await crypto.getDeviceVerificationStatus(user, id))?.signedByOwner ?? false;
        return Object.fromEntries(await Promise.all([...devices.keys()].map(async (id) => [id, await signed(id)])));
    },

    // Ask for verification, of a person in a room or of one of their devices, and see what becomes of it.
    async verify({ user, room, device, seconds }) {
        const crypto = client.getCrypto();
        const asked = room
            ? await crypto.requestVerificationDM(user, room)
            : await crypto.requestDeviceVerification(user, device);
        asked.on("change", changed);
        const phase = () => `an answer to the request (phase ${asked.phase})`;
        await until(() => asked.cancellationCode, seconds, phase);
        return { code: asked.cancellationCode, by: asked.cancellingUserId, pending: asked.pending };
    },

    async hold_keys() {
        holding = true;
        return null;
    },

    async release_keys() {
        holding = false;
        for (const [address, options] of held.splice(0)) await fetch(address, options);
        return null;
    },

    // The next message goes out under a new key.
    async new_session({ room }) {
        await client.getCrypto().forceDiscardSession(room);
        return null;
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: name, ...parameters } = JSON.parse(line);
    const answer = (fields) => process.stdout.write(`${JSON.stringify({ id, ...fields })}\n`);
    commands[name](parameters).then(
        (value) => answer({ value }),
        (error) => answer({ error: `${name}: ${error.message}` }),
    );
}
// Whoever drives us is gone.
process.exit(0);
