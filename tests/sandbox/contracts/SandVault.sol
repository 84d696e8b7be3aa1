// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

/// What the vault tells about guarantees: key, domains, tokens. No collateral yet.
/// Owner and token are in the code, so that it can be moved to the vault's address; the versions
/// are configured there.
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

    event GuaranteeVersionUpdated(uint64 indexed version, Key key, bytes32 domain, address decoder, bool enabled);

    error AccessManagedUnauthorized(address caller);

    address private immutable owner;
    address private immutable token;
    mapping(uint64 version => VersionConfig) private configs;

    constructor(address token_) {
        owner = msg.sender;
        token = token_;
    }

    function configureGuaranteeVersion(
        uint64 version,
        Key calldata key,
        bytes32 domain,
        address decoder,
        bool enabled
    ) external {
        if (msg.sender != owner) revert AccessManagedUnauthorized(msg.sender);
        configs[version] = VersionConfig(key, domain, decoder, enabled);
        emit GuaranteeVersionUpdated(version, key, domain, decoder, enabled);
    }

    /// The key and the domain of version 1.
    function GUARANTEE_VERIFICATION_KEY() external view returns (bytes32, bytes32, bytes32, bytes32) {
        Key storage key = configs[1].key;
        return (key.x_a, key.x_b, key.y_a, key.y_b);
    }

    function guaranteeDomainSeparator() external view returns (bytes32) {
        return configs[1].domain;
    }

    /// An unknown version is all zero, it does not revert.
    function getGuaranteeVersionConfig(uint64 version) external view returns (VersionConfig memory) {
        return configs[version];
    }

    function getERC20Tokens() external view returns (address[] memory tokens) {
        tokens = new address[](1);
        tokens[0] = token;
    }
}
