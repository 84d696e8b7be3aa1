// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

interface IClearedToken {
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// The clearing house: net debits come in, net credits go out, each proved by a leaf of the tree
/// the operator committed for the cycle. Only the first default of a cycle can be marked: it moves
/// the cycle on, and marking needs an open one. Funds leave in the order in which they are claimed.
contract SandClearing {
    enum Status {
        Committed,
        PaymentWindowOpen,
        Finalized,
        Defaulted
    }

    struct Cycle {
        address asset;
        bytes32 merkleRoot;
        uint256 totalNetDebit;
        uint256 totalNetCredit;
        uint256 totalPaidIn;
        uint256 totalClaimedOut;
        uint256 totalDefaultCovered;
        uint256 totalResolvedDebit;
        uint64 paymentSubmissionDeadline;
        uint64 paymentFinalityDeadline;
        Status status;
        bool exists;
    }

    /// The amounts stay zero until the participant acted.
    struct Participant {
        uint256 netDebit;
        uint256 netCredit;
        bool paid;
        bool claimed;
        bool defaulted;
    }

    address private constant ETH = address(0);
    uint8 private constant DEBTOR = 0;
    uint8 private constant CREDITOR = 1;

    address public immutable authority;
    address private immutable operator;
    bool private entered;
    mapping(bytes32 id => Cycle) private cycles;
    mapping(bytes32 id => mapping(address who => Participant)) private participants;

    event CycleCommitted(
        bytes32 indexed cycleId,
        address indexed asset,
        bytes32 merkleRoot,
        uint256 totalNetDebit,
        uint256 totalNetCredit,
        uint64 payBy,
        uint64 finalAt
    );
    event DebtorPaid(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event CreditorClaimed(bytes32 indexed cycleId, address indexed creditor, uint256 amount);
    event DebtorDefaulted(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event DefaultCovered(bytes32 indexed cycleId, address indexed debtor, uint256 amount);
    event CycleFinalized(bytes32 indexed cycleId);

    error AccessManagedUnauthorized(address caller);
    error AlreadyClaimed(bytes32 cycleId, address creditor);
    error AlreadyDefaulted(bytes32 cycleId, address debtor);
    error AlreadyPaid(bytes32 cycleId, address debtor);
    error AmountZero();
    error ClaimExceedsFundedLiquidity(uint256 have, uint256 asked);
    error CycleAlreadyCommitted(bytes32 cycleId);
    error CycleClaimsUnresolved(uint256 claimed, uint256 total);
    error CycleDebtUnresolved(uint256 resolved, uint256 total);
    error CycleNotFound(bytes32 cycleId);
    error CycleUnderfunded(uint256 funded, uint256 total);
    error ExactPaymentRequired(uint256 want, uint256 got);
    error InvalidCycleStatus(bytes32 cycleId, Status status);
    error InvalidDeadline();
    error InvalidProof();
    error NativeTransferFailed(address to, uint256 amount);
    error PaymentFinalityPending(uint64 finalAt);
    error PaymentWindowElapsed(uint64 payBy);
    error ReentrancyGuardReentrantCall();
    error SafeERC20FailedOperation(address token);

    modifier onlyOperator() {
        if (msg.sender != operator) revert AccessManagedUnauthorized(msg.sender);
        _;
    }

    modifier nonReentrant() {
        if (entered) revert ReentrancyGuardReentrantCall();
        entered = true;
        _;
        entered = false;
    }

    constructor(address operator_) {
        authority = msg.sender;
        operator = operator_;
    }

    // ---- calls; the first failing check decides the error ----

    /// Deadlines may lie in the past, but not in the wrong order.
    function commitCycle(
        bytes32 id,
        address asset,
        bytes32 root,
        uint256 debit,
        uint256 credit,
        uint64 payBy,
        uint64 finalAt
    ) external onlyOperator {
        Cycle storage cycle = cycles[id];
        if (cycle.exists) revert CycleAlreadyCommitted(id);
        if (debit == 0 || credit == 0) revert AmountZero();
        if (payBy >= finalAt) revert InvalidDeadline();
        cycle.asset = asset;
        cycle.merkleRoot = root;
        cycle.totalNetDebit = debit;
        cycle.totalNetCredit = credit;
        cycle.paymentSubmissionDeadline = payBy;
        cycle.paymentFinalityDeadline = finalAt;
        cycle.status = Status.PaymentWindowOpen;
        cycle.exists = true;
        emit CycleCommitted(id, asset, root, debit, credit, payBy, finalAt);
    }

    function payNetDebit(bytes32 id, uint256 amount, bytes32[] calldata proof) external payable nonReentrant {
        Cycle storage cycle = existing(id);
        requireOpen(id, cycle, false);
        uint64 payBy = cycle.paymentSubmissionDeadline;
        if (block.timestamp > payBy) revert PaymentWindowElapsed(payBy);
        requireAmount(amount);
        Participant storage debtor = participants[id][msg.sender];
        if (debtor.paid) revert AlreadyPaid(id, msg.sender);
        requireLeaf(cycle, id, msg.sender, amount, DEBTOR, proof);
        debtor.netDebit = amount;
        debtor.paid = true;
        cycle.totalPaidIn += amount;
        cycle.totalResolvedDebit += amount;
        takeIn(cycle.asset, amount);
        emit DebtorPaid(id, msg.sender, amount);
    }

    function claimNetCredit(bytes32 id, uint256 amount, bytes32[] calldata proof) external nonReentrant {
        Cycle storage cycle = existing(id);
        requireOpen(id, cycle, true);
        requireAmount(amount);
        Participant storage creditor = participants[id][msg.sender];
        if (creditor.claimed) revert AlreadyClaimed(id, msg.sender);
        requireLeaf(cycle, id, msg.sender, amount, CREDITOR, proof);
        uint256 liquid = funded(cycle) - cycle.totalClaimedOut;
        if (liquid < amount) revert ClaimExceedsFundedLiquidity(liquid, amount);
        creditor.netCredit = amount;
        creditor.claimed = true;
        cycle.totalClaimedOut += amount;
        payOut(cycle.asset, msg.sender, amount);
        emit CreditorClaimed(id, msg.sender, amount);
    }

    function markDefaulted(bytes32 id, address debtor, uint256 amount, bytes32[] calldata proof) external {
        Cycle storage cycle = existing(id);
        requireOpen(id, cycle, false);
        requireFinal(cycle);
        requireAmount(amount);
        Participant storage state = participants[id][debtor];
        if (state.paid) revert AlreadyPaid(id, debtor);
        if (state.defaulted) revert AlreadyDefaulted(id, debtor);
        requireLeaf(cycle, id, debtor, amount, DEBTOR, proof);
        state.netDebit = amount;
        state.defaulted = true;
        cycle.totalResolvedDebit += amount;
        cycle.status = Status.Defaulted;
        emit DebtorDefaulted(id, debtor, amount);
    }

    /// The operator pays, as much as it says: the vault's collateral is not touched here.
    function settleDefaultFromCollateral(bytes32 id, address debtor, uint256 amount, bytes calldata)
        external
        payable
        onlyOperator
        nonReentrant
    {
        Cycle storage cycle = existing(id);
        if (!participants[id][debtor].defaulted) revert InvalidCycleStatus(id, cycle.status);
        requireAmount(amount);
        cycle.totalDefaultCovered += amount;
        takeIn(cycle.asset, amount);
        emit DefaultCovered(id, debtor, amount);
    }

    function finalizeCycle(bytes32 id) external {
        Cycle storage cycle = existing(id);
        requireOpen(id, cycle, true);
        requireFinal(cycle);
        (uint256 debit, uint256 credit) = (cycle.totalNetDebit, cycle.totalNetCredit);
        if (cycle.totalResolvedDebit < debit) revert CycleDebtUnresolved(cycle.totalResolvedDebit, debit);
        if (funded(cycle) < credit) revert CycleUnderfunded(funded(cycle), credit);
        if (cycle.totalClaimedOut < credit) revert CycleClaimsUnresolved(cycle.totalClaimedOut, credit);
        cycle.status = Status.Finalized;
        emit CycleFinalized(id);
    }

    // ---- views ----

    function getCycle(bytes32 id) external view returns (Cycle memory) {
        return existing(id);
    }

    function getParticipantState(bytes32 id, address who) external view returns (Participant memory) {
        existing(id);
        return participants[id][who];
    }

    /// Seven words; whoever differs in one of them has another leaf.
    function participantLeaf(bytes32 id, address asset, address who, uint256 amount, uint8 role)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, asset, who, amount, role));
    }

    // ---- checks ----

    function existing(bytes32 id) private view returns (Cycle storage cycle) {
        cycle = cycles[id];
        if (!cycle.exists) revert CycleNotFound(id);
    }

    function requireOpen(bytes32 id, Cycle storage cycle, bool orDefaulted) private view {
        Status status = cycle.status;
        if (status == Status.PaymentWindowOpen || (orDefaulted && status == Status.Defaulted)) return;
        revert InvalidCycleStatus(id, status);
    }

    function requireFinal(Cycle storage cycle) private view {
        uint64 finalAt = cycle.paymentFinalityDeadline;
        if (block.timestamp <= finalAt) revert PaymentFinalityPending(finalAt);
    }

    function requireAmount(uint256 amount) private pure {
        if (amount == 0) revert AmountZero();
    }

    /// Pairs are hashed smaller first, so a proof needs no sides.
    function requireLeaf(
        Cycle storage cycle,
        bytes32 id,
        address who,
        uint256 amount,
        uint8 role,
        bytes32[] calldata proof
    ) private view {
        bytes32 node = participantLeaf(id, cycle.asset, who, amount, role);
        for (uint256 i = 0; i < proof.length; i++) {
            (bytes32 low, bytes32 high) = node < proof[i] ? (node, proof[i]) : (proof[i], node);
            node = keccak256(abi.encode(low, high));
        }
        if (node != cycle.merkleRoot) revert InvalidProof();
    }

    // ---- money ----

    function funded(Cycle storage cycle) private view returns (uint256) {
        return cycle.totalPaidIn + cycle.totalDefaultCovered;
    }

    function takeIn(address asset, uint256 amount) private {
        uint256 want = asset == ETH ? amount : 0;
        if (msg.value != want) revert ExactPaymentRequired(want, msg.value);
        if (asset != ETH)
            callToken(asset, abi.encodeCall(IClearedToken.transferFrom, (msg.sender, address(this), amount)));
    }

    function payOut(address asset, address to, uint256 amount) private {
        if (asset != ETH) return callToken(asset, abi.encodeCall(IClearedToken.transfer, (to, amount)));
        (bool paid,) = to.call{value: amount}("");
        if (!paid) revert NativeTransferFailed(to, amount);
    }

    /// A token may answer true or nothing; its own revert is passed on.
    function callToken(address asset, bytes memory data) private {
        (bool success, bytes memory answer) = asset.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        bool accepted = answer.length == 0 ? asset.code.length > 0 : abi.decode(answer, (uint256)) == 1;
        if (!accepted) revert SafeERC20FailedOperation(asset);
    }
}
