// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

/// What the vault tells about guarantees: key, domains, tokens. No collateral yet.
/// Everything is in the code, so that it can be moved to the vault's address.
contract SandVault {
    struct Key {
        bytes32 x_a;
        bytes32 x_b;
        bytes32 y_a;
        bytes32 y_b;
    }

    struct VersionConfig {
        Key key;
        bytes32 domain;
        address decoder;
        bool enabled;
    }

    bytes32 private immutable xA;
    bytes32 private immutable xB;
    bytes32 private immutable yA;
    bytes32 private immutable yB;
    address private immutable token;

    constructor(Key memory key, address token_) {
        (xA, xB, yA, yB) = (key.x_a, key.x_b, key.y_a, key.y_b);
        token = token_;
    }

    function GUARANTEE_VERIFICATION_KEY() public view returns (bytes32, bytes32, bytes32, bytes32) {
        return (xA, xB, yA, yB);
    }

    function guaranteeDomainSeparator() external view returns (bytes32) {
        return domain("4MICA_CORE_GUARANTEE_V1");
    }

    /// An unknown version is all zero, it does not revert.
    function getGuaranteeVersionConfig(uint64 version) external view returns (VersionConfig memory config) {
        if (version != 1 && version != 2) return config;
        config.key = Key(xA, xB, yA, yB);
        config.domain = domain(version == 1 ? "4MICA_CORE_GUARANTEE_V1" : "4MICA_CORE_GUARANTEE_V2");
        config.enabled = true;
    }

    function getERC20Tokens() external view returns (address[] memory tokens) {
        tokens = new address[](1);
        tokens[0] = token;
    }

    function domain(string memory name) private view returns (bytes32) {
        return keccak256(abi.encode(name, block.chainid, address(this)));
    }
}
