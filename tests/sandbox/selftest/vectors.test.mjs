// Our signing code against the published known answers.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { privateKeyToAccount } from "viem/accounts";
import { ROOT } from "../lib/config.mjs";
import { blsKey, blsVerify } from "../lib/bls.mjs";
import { signInText } from "../lib/sign_in.mjs";
import { certificateDomain, encodeCertificate } from "../core/certificate.mjs";
import {
  eip191Digest,
  eip712Digest,
  guaranteeId,
  readClaims,
  recoverSigner,
  requestHash,
  subjectHash,
} from "../core/claims.mjs";

const DIR = process.env.VECTORS ?? join(ROOT, "../vectors");
const read = (name) => JSON.parse(readFileSync(join(DIR, `${name}.json`), "utf8"));
const vectors = (name, check) => {
  const skip = existsSync(join(DIR, `${name}.json`)) ? false : `no ${name}.json; set VECTORS`;
  test(`vectors: ${name}`, { skip }, () => check(read(name)));
};
// JSON numbers end at 2^53 here; the real Core goes on to 2^64.
const isReadable = ({ claims }) => BigInt(claims.timestamp) <= Number.MAX_SAFE_INTEGER;

export function vectorTests() {
  for (const file of ["guarantee_v1", "guarantee_v2"]) {
    vectors(file, async ({ cases }) => {
      for (const vector of cases.filter(isReadable)) {
        const { claims: wire, signature } = JSON.parse(vector.request_json);
        const claims = readClaims(wire);
        assert.equal(eip712Digest(claims, vector.domain), vector.eip712_digest, vector.name);
        assert.equal(eip191Digest(claims), vector.eip191_core.digest, vector.name);
        assert.equal(
          await recoverSigner(claims, signature, "eip712", vector.domain),
          claims.user,
          vector.name,
        );
        if (claims.version !== 2) continue;
        assert.equal(subjectHash(claims), claims.validationSubjectHash, vector.name);
        assert.equal(requestHash(claims), claims.validationRequestHash, vector.name);
      }
    });
  }

  vectors("certificates_valid", ({ contexts, cases }) => {
    for (const { name, context, decoded, claims, signature } of cases) {
      const { secret_key, public_key, chain_id, contract_address, ...domains } = contexts[context];
      const { version } = decoded;
      assert.equal(
        certificateDomain(version, chain_id, contract_address),
        domains[`domain_v${version}`],
        name,
      );
      assert.equal(encodeCertificate(fieldsOf(decoded)), claims, name);
      assert.equal(blsKey(secret_key).sign(claims), signature, name);
      assert.deepEqual(blsKey(secret_key).words, domains.public_key_words, name);
      assert.ok(blsVerify(public_key, claims, signature), name);
    }
  });

  vectors("bls", ({ key_cases }) => {
    for (const { secret_key, public_key, message, signature } of key_cases) {
      assert.equal(blsKey(secret_key).publicKey, public_key);
      assert.equal(blsKey(secret_key).sign(message), signature);
    }
  });

  vectors("siwe", async ({ cases }) => {
    // One vector holds a form that Core reads and nobody should write.
    const written = cases.filter(({ name }) => name !== "lowercase_address_line");
    for (const { name, private_key, nonce_response, message, signature } of written) {
      const account = privateKeyToAccount(private_key);
      assert.equal(signInText(account.address, nonce_response), message, name);
      assert.equal(await account.signMessage({ message }), signature, name);
    }
  });

  vectors("cycle_ids", ({ guarantee_ids }) => {
    for (const { cycle_id_text, req_id, version, guarantee_id, ...sent } of guarantee_ids) {
      const texts = {
        user: sent.user_address,
        recipient: sent.recipient_address,
        asset: sent.asset_address,
      };
      assert.equal(
        guaranteeId(cycle_id_text, { sent: texts, reqId: BigInt(req_id), version }),
        guarantee_id,
      );
    }
  });
}

function fieldsOf(decoded) {
  const fields = {
    version: decoded.version,
    domain: decoded.domain,
    cycleId: BigInt(decoded.cycle_id),
    reqId: BigInt(decoded.req_id),
    user: decoded.user_address,
    recipient: decoded.recipient_address,
    amount: BigInt(decoded.amount),
    asset: decoded.asset_address,
    timestamp: BigInt(decoded.timestamp),
  };
  if (decoded.version === 1) return fields;
  return {
    ...fields,
    validationRegistryAddress: decoded.validation_registry_address,
    validationRequestHash: decoded.validation_request_hash,
    validationChainId: BigInt(decoded.validation_chain_id),
    validatorAddress: decoded.validator_address,
    validatorAgentId: BigInt(decoded.validator_agent_id),
    minValidationScore: decoded.min_validation_score,
    validationSubjectHash: decoded.validation_subject_hash,
    jobHash: decoded.job_hash,
    requiredValidationTag: decoded.required_validation_tag,
  };
}
