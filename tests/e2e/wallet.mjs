// A Solana wallet, as far as Sign-In-With-Solana needs one.
import * as ed25519 from "@noble/ed25519";
import bs58 from "bs58";
import crypto from "node:crypto";

ed25519.etc.sha512Sync = (...parts) =>
  new Uint8Array(crypto.createHash("sha512").update(Buffer.concat(parts)).digest());

export class Wallet {
  constructor() {
    this.key = ed25519.utils.randomPrivateKey();
    this.address = bs58.encode(ed25519.getPublicKey(this.key));
  }

  sign(message) {
    return bs58.encode(ed25519.sign(new TextEncoder().encode(message), this.key));
  }

  answer({ nonce, message }, given = {}) {
    return { address: this.address, nonce, signature: this.sign(message), ...given };
  }
}
