// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

/// A wallet that can call everything and take no ETH: no receive, no fallback.
contract NoReceive {
    /// Anybody may use it: nothing here has an owner, or value. A refusal is passed on.
    function execute(address to, uint256 value, bytes calldata data) external payable returns (bytes memory answer) {
        bool success;
        (success, answer) = to.call{value: value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
