// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

/// Where a validator reports on a job, in the manner of ERC-8004.
contract SandRegistry {
    struct Status {
        address validator;
        uint256 agentId;
        uint8 response;
        bytes32 responseHash;
        string tag;
        uint256 lastUpdate;
    }

    mapping(bytes32 => Status) private statuses;

    event ValidationResponse(bytes32 indexed requestHash, address indexed validator, uint256 agentId, uint8 response);

    /// Anyone may report here; the guarantee names the validator it trusts.
    function validationResponse(
        bytes32 requestHash, uint256 agentId, uint8 response, bytes32 responseHash, string calldata tag
    ) external {
        require(response <= 100, "SandRegistry: response above 100");
        statuses[requestHash] = Status(msg.sender, agentId, response, responseHash, tag, block.timestamp);
        emit ValidationResponse(requestHash, msg.sender, agentId, response);
    }

    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (address, uint256, uint8, bytes32, string memory, uint256)
    {
        Status storage status = statuses[requestHash];
        return (
            status.validator, status.agentId, status.response, status.responseHash, status.tag, status.lastUpdate
        );
    }
}
