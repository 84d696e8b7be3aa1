// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

interface IToken {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// The vault: collateral in ETH and listed tokens, withdrawals that wait, and what it tells about
/// guarantees. Tokens stay here: the lending pool is an index and, for tests, a shortfall.
/// Only the owner is in the code, so that it can be moved to the vault's address; everything else
/// is configured there.
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

    struct Withdrawal {
        uint256 timestamp;
        uint256 amount;
    }

    struct UserAsset {
        address asset;
        uint256 collateral;
        uint256 withdrawalRequestTimestamp;
        uint256 withdrawalRequestAmount;
    }

    /// What the lending pool would know of one token.
    struct Pool {
        bool listed;
        address aToken;
        uint256 index;
        uint256 short;
    }

    /// What was put in, and its scaled share of the pool; ETH has no share.
    struct Stake {
        uint256 principal;
        uint256 scaled;
    }

    address private constant ETH = address(0);
    uint256 private constant RAY = 1e27;
    uint256 private constant BPS = 10_000;
    uint256 public constant MAX_YIELD_FEE_BPS = 5000;

    address public immutable authority;
    bool public paused;
    bool private entered;
    uint256 public yieldFeeBps;
    uint256 public remunerationGracePeriod;
    uint256 public tabExpirationTime;
    uint256 public synchronizationDelay;
    uint256 public withdrawalGracePeriod;
    mapping(address user => mapping(address asset => Withdrawal)) public withdrawalRequests;
    mapping(address user => mapping(address asset => Stake)) private stakes;
    mapping(address asset => Pool) private pools;
    mapping(uint64 version => VersionConfig) private configs;
    address[] private tokens;

    event CollateralDeposited(address indexed user, address indexed asset, uint256 amount);
    event WithdrawalRequested(address indexed user, address indexed asset, uint256 when, uint256 amount);
    event WithdrawalCanceled(address indexed user, address indexed asset);
    event CollateralWithdrawn(address indexed user, address indexed asset, uint256 amount);
    event GuaranteeVersionUpdated(uint64 indexed version, Key key, bytes32 domain, address decoder, bool enabled);
    event StablecoinAssetUpdated(address indexed asset, bool listed);
    event RemunerationGracePeriodUpdated(uint256 period);
    event TabExpirationTimeUpdated(uint256 period);
    event SynchronizationDelayUpdated(uint256 period);
    event WithdrawalGracePeriodUpdated(uint256 period);
    event YieldFeeBpsUpdated(uint256 before, uint256 bps);
    event Paused(address account);
    event Unpaused(address account);
    /// Of the sandbox: stands for a payout to a creditor.
    event SandboxCollateralTaken(address indexed user, address indexed asset, uint256 amount);

    error AccessManagedUnauthorized(address caller);
    error AmountZero();
    error UnsupportedAsset(address asset);
    error EnforcedPause();
    error ExpectedPause();
    error AaveNotConfigured();
    error InsufficientAvailable();
    error NoWithdrawalRequested();
    error GracePeriodNotElapsed();
    error TransferFailed();
    error StablecoinWithdrawShortfall(address asset, uint256 want, uint256 got);
    error UserScaledBalanceUnderflow(address user, address asset, uint256 have, uint256 need);
    error DirectTransferNotAllowed();
    error ReentrancyGuardReentrantCall();
    error SafeERC20FailedOperation(address token);
    error IllegalValue();
    error FeeTooHigh();
    error ERC20InsufficientBalance(address holder, uint256 have, uint256 need);

    modifier onlyOwner() {
        if (msg.sender != authority) revert AccessManagedUnauthorized(msg.sender);
        _;
    }

    modifier nonReentrant() {
        if (entered) revert ReentrancyGuardReentrantCall();
        entered = true;
        _;
        entered = false;
    }

    constructor() {
        authority = msg.sender;
    }

    receive() external payable {
        revert DirectTransferNotAllowed();
    }

    fallback() external payable {
        revert DirectTransferNotAllowed();
    }

    // ---- what a user does; the first failing check decides the error ----

    function deposit() external payable nonReentrant {
        requireAmount(msg.value);
        requireRunning();
        stakes[msg.sender][ETH].principal += msg.value;
        emit CollateralDeposited(msg.sender, ETH, msg.value);
    }

    function depositStablecoin(address asset, uint256 amount) external nonReentrant {
        requireToken(asset);
        requireAmount(amount);
        requireRunning();
        if (pools[asset].aToken == address(0)) revert AaveNotConfigured();
        pull(asset, amount);
        Stake storage stake = stakes[msg.sender][asset];
        stake.principal += amount;
        stake.scaled += scale(asset, amount);
        emit CollateralDeposited(msg.sender, asset, amount);
    }

    function requestWithdrawal(uint256 amount) external {
        request(ETH, amount);
    }

    function requestWithdrawal(address asset, uint256 amount) external {
        requireSupported(asset);
        request(asset, amount);
    }

    function cancelWithdrawal() external {
        cancel(ETH);
    }

    function cancelWithdrawal(address asset) external {
        requireSupported(asset);
        cancel(asset);
    }

    function finalizeWithdrawal() external nonReentrant {
        finalize(ETH);
    }

    function finalizeWithdrawal(address asset) external nonReentrant {
        requireSupported(asset);
        finalize(asset);
    }

    // ---- views ----

    /// ETH first, then the tokens in the order of the list; a row of zeros for strangers.
    function getUserAllAssets(address user) external view returns (UserAsset[] memory rows) {
        rows = new UserAsset[](tokens.length + 1);
        for (uint256 i = 0; i < rows.length; i++) {
            address asset = i == 0 ? ETH : tokens[i - 1];
            Withdrawal storage pending = withdrawalRequests[user][asset];
            rows[i] = UserAsset(asset, available(user, asset), pending.timestamp, pending.amount);
        }
    }

    function getUser(address user) external view returns (uint256, uint256, uint256) {
        return getUser(user, ETH);
    }

    function getUser(address user, address asset) public view returns (uint256, uint256, uint256) {
        Withdrawal storage pending = withdrawalRequests[user][asset];
        return (collateral(user, asset), pending.timestamp, pending.amount);
    }

    function collateral(address user) external view returns (uint256) {
        return available(user, ETH);
    }

    function collateral(address user, address asset) public view returns (uint256) {
        requireSupported(asset);
        return available(user, asset);
    }

    function withdrawableBalance(address user, address asset) external view returns (uint256) {
        return collateral(user, asset);
    }

    function principalBalance(address user, address asset) public view returns (uint256) {
        requireToken(asset);
        return stakes[user][asset].principal;
    }

    /// Yield backs no guarantee.
    function guaranteeCapacity(address user, address asset) external view returns (uint256) {
        return principalBalance(user, asset);
    }

    function grossYield(address user, address asset) external view returns (uint256) {
        requireToken(asset);
        return gross(user, asset);
    }

    function protocolYieldShare(address user, address asset) external view returns (uint256) {
        requireToken(asset);
        return gross(user, asset) - net(user, asset);
    }

    function userNetYield(address user, address asset) external view returns (uint256) {
        requireToken(asset);
        return net(user, asset);
    }

    function getERC20Tokens() external view returns (address[] memory) {
        return tokens;
    }

    function stablecoinAToken(address asset) external view returns (address) {
        return pools[asset].aToken;
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

    // ---- what the owner does ----

    function configureGuaranteeVersion(
        uint64 version,
        Key calldata key,
        bytes32 domain,
        address decoder,
        bool enabled
    ) external onlyOwner {
        configs[version] = VersionConfig(key, domain, decoder, enabled);
        emit GuaranteeVersionUpdated(version, key, domain, decoder, enabled);
    }

    function setTimingParameters(uint256 remuneration, uint256 expiration, uint256 synchronization, uint256 withdrawal)
        external
        onlyOwner
    {
        if (remuneration >= expiration || synchronization + expiration >= withdrawal) revert IllegalValue();
        remunerationGracePeriod = remuneration;
        tabExpirationTime = expiration;
        synchronizationDelay = synchronization;
        withdrawalGracePeriod = withdrawal;
        emit RemunerationGracePeriodUpdated(remuneration);
        emit TabExpirationTimeUpdated(expiration);
        emit SynchronizationDelayUpdated(synchronization);
        emit WithdrawalGracePeriodUpdated(withdrawal);
    }

    function setYieldFeeBps(uint256 bps) external onlyOwner {
        if (bps > MAX_YIELD_FEE_BPS) revert FeeTooHigh();
        emit YieldFeeBpsUpdated(yieldFeeBps, bps);
        yieldFeeBps = bps;
    }

    function pause() external onlyOwner {
        requireRunning();
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner {
        if (!paused) revert ExpectedPause();
        paused = false;
        emit Unpaused(msg.sender);
    }

    // ---- switches of the sandbox ----

    function listToken(address asset) external onlyOwner {
        tokens.push(asset);
        pools[asset] = Pool(true, asset, RAY, 0);
        emit StablecoinAssetUpdated(asset, true);
    }

    /// Zero: the pool does not know the token yet.
    function setAToken(address asset, address aToken) external onlyOwner {
        pools[asset].aToken = aToken;
    }

    /// The worth of one scaled unit. The tokens it promises are somebody else's to bring.
    function setIndex(address asset, uint256 ray) external onlyOwner {
        pools[asset].index = ray;
    }

    /// How much of the tokens the pool cannot pay out.
    function setShort(address asset, uint256 amount) external onlyOwner {
        pools[asset].short = amount;
    }

    /// Pays `to` out of the collateral of `user`, whatever was requested.
    function take(address user, address asset, uint256 amount, address payable to) external onlyOwner nonReentrant {
        requireSupported(asset);
        if (amount > available(user, asset)) revert InsufficientAvailable();
        pay(user, asset, amount, to);
        emit SandboxCollateralTaken(user, asset, amount);
    }

    // ---- checks ----

    function requireAmount(uint256 amount) private pure {
        if (amount == 0) revert AmountZero();
    }

    function requireRunning() private view {
        if (paused) revert EnforcedPause();
    }

    function requireToken(address asset) private view {
        if (!pools[asset].listed) revert UnsupportedAsset(asset);
    }

    function requireSupported(address asset) private view {
        if (asset != ETH) requireToken(asset);
    }

    // ---- withdrawals ----

    /// A second request takes the place of the first, and the wait starts again.
    function request(address asset, uint256 amount) private {
        requireAmount(amount);
        requireRunning();
        if (amount > available(msg.sender, asset)) revert InsufficientAvailable();
        withdrawalRequests[msg.sender][asset] = Withdrawal(block.timestamp, amount);
        emit WithdrawalRequested(msg.sender, asset, block.timestamp, amount);
    }

    function cancel(address asset) private {
        requireRequest(asset);
        delete withdrawalRequests[msg.sender][asset];
        emit WithdrawalCanceled(msg.sender, asset);
    }

    function finalize(address asset) private {
        Withdrawal memory asked = requireRequest(asset);
        if (block.timestamp < asked.timestamp + withdrawalGracePeriod) revert GracePeriodNotElapsed();
        delete withdrawalRequests[msg.sender][asset];
        uint256 paid = least(asked.amount, available(msg.sender, asset));
        pay(msg.sender, asset, paid, payable(msg.sender));
        emit CollateralWithdrawn(msg.sender, asset, paid);
    }

    function requireRequest(address asset) private view returns (Withdrawal memory asked) {
        requireRunning();
        asked = withdrawalRequests[msg.sender][asset];
        if (asked.timestamp == 0) revert NoWithdrawalRequested();
    }

    // ---- books ----

    function available(address user, address asset) private view returns (uint256) {
        return stakes[user][asset].principal + net(user, asset);
    }

    function gross(address user, address asset) private view returns (uint256) {
        Stake storage stake = stakes[user][asset];
        uint256 worth = stake.scaled * pools[asset].index / RAY;
        return worth > stake.principal ? worth - stake.principal : 0;
    }

    function net(address user, address asset) private view returns (uint256) {
        uint256 all = gross(user, asset);
        return all - all * yieldFeeBps / BPS;
    }

    /// Rounds down each time: two deposits may be worth one unit less than their sum.
    function scale(address asset, uint256 amount) private view returns (uint256) {
        return amount * RAY / pools[asset].index;
    }

    /// Principal goes first, then yield, which takes the protocol's share along.
    function pay(address user, address asset, uint256 amount, address payable to) private {
        Stake storage stake = stakes[user][asset];
        uint256 fromPrincipal = least(amount, stake.principal);
        stake.principal -= fromPrincipal;
        if (asset == ETH) {
            (bool paid,) = to.call{value: amount}("");
            if (!paid) revert TransferFailed();
            return;
        }
        uint256 share = (amount - fromPrincipal) * yieldFeeBps / (BPS - yieldFeeBps);
        uint256 burned = scale(asset, amount + share);
        if (burned > stake.scaled) revert UserScaledBalanceUnderflow(user, asset, stake.scaled, burned);
        stake.scaled -= burned;
        uint256 held = IToken(asset).balanceOf(address(this));
        uint256 short = pools[asset].short;
        uint256 liquid = held > short ? held - short : 0;
        if (liquid < amount) revert StablecoinWithdrawShortfall(asset, amount, liquid);
        callToken(asset, abi.encodeCall(IToken.transfer, (to, amount)));
    }

    /// The pool takes what was promised, so a token that keeps a part of it fails here.
    function pull(address asset, uint256 amount) private {
        uint256 before = IToken(asset).balanceOf(address(this));
        callToken(asset, abi.encodeCall(IToken.transferFrom, (msg.sender, address(this), amount)));
        uint256 got = IToken(asset).balanceOf(address(this)) - before;
        if (got < amount) revert ERC20InsufficientBalance(address(this), got, amount);
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

    function least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
