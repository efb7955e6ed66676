// sr25519 for C++: six functions around the schnorrkel crate. sr25519.h says what each promises.
// Results are 1 for done and 0 for refused; no function panics on any input of the right length.
use schnorrkel::derive::ChainCode;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, PublicKey, SecretKey, Signature};
use std::slice::from_raw_parts;
use zeroize::Zeroize;

// What substrate, and so Bittensor, signs under.
const CONTEXT: &[u8] = b"substrate";

unsafe fn input<'a>(bytes: *const u8, length: usize) -> &'a [u8] {
    if length == 0 { &[] } else { from_raw_parts(bytes, length) }
}

unsafe fn output<const N: usize>(target: *mut u8, bytes: &[u8; N]) {
    std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, N);
}

// A secret on this stack is wiped after use; schnorrkel wipes its own types when they go.
unsafe fn output_secret<const N: usize>(target: *mut u8, mut bytes: [u8; N]) {
    output(target, &bytes);
    bytes.zeroize();
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_expand(seed: *const u8, secret: *mut u8) -> i32 {
    let Ok(mini) = MiniSecretKey::from_bytes(input(seed, 32)) else { return 0 };
    output_secret(secret, mini.expand(ExpansionMode::Ed25519).to_bytes());
    1
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_from_ed25519(bytes: *const u8, secret: *mut u8) -> i32 {
    let Ok(key) = SecretKey::from_ed25519_bytes(input(bytes, 64)) else { return 0 };
    output_secret(secret, key.to_bytes());
    1
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_public(secret: *const u8, public: *mut u8) -> i32 {
    let Ok(key) = SecretKey::from_bytes(input(secret, 64)) else { return 0 };
    output(public, &key.to_public().to_bytes());
    1
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_derive(seed: *const u8, junction: *const u8, derived: *mut u8) -> i32 {
    let Ok(mini) = MiniSecretKey::from_bytes(input(seed, 32)) else { return 0 };
    let mut code = [0u8; 32];
    code.copy_from_slice(input(junction, 32));
    let key = mini.expand(ExpansionMode::Ed25519);
    let (child, _) = key.hard_derive_mini_secret_key(Some(ChainCode(code)), b"");
    output_secret(derived, child.to_bytes());
    1
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_sign(
    secret: *const u8, public: *const u8, message: *const u8, length: usize, signature: *mut u8,
) -> i32 {
    let Ok(secret) = SecretKey::from_bytes(input(secret, 64)) else { return 0 };
    let Ok(public) = PublicKey::from_bytes(input(public, 32)) else { return 0 };
    let pair = Keypair { secret, public };
    output(signature, &pair.sign_simple(CONTEXT, input(message, length)).to_bytes());
    1
}

#[no_mangle]
pub unsafe extern "C" fn aml_sr25519_verify(
    public: *const u8, message: *const u8, length: usize, signature: *const u8,
) -> i32 {
    let Ok(public) = PublicKey::from_bytes(input(public, 32)) else { return 0 };
    let Ok(signature) = Signature::from_bytes(input(signature, 64)) else { return 0 };
    public.verify_simple(CONTEXT, input(message, length), &signature).is_ok() as i32
}
