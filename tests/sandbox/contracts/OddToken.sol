// SPDX-License-Identifier: MIT
pragma solidity 0.8.29;

/// A token with one habit of tokens in the wild, chosen at deployment. Six decimals; anybody mints.
contract OddToken {
    enum Mode {
        Plain, // reverts with a string, as the others where nothing else is said
        ReturnsFalse, // answers false where it should revert
        ReturnsNothing, // no return value at all
        RevertsString,
        CustomErrors, // the errors of ERC-6093
        TakesFee, // one hundredth of a transfer stays nowhere
        ZeroFirst, // an allowance changes to or from zero only
        Liar, // decimals and symbol are another token's
        Nonsense // decimals and symbol are no such things
    }

    Mode private immutable mode;
    string private ownSymbol;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error ERC20InsufficientAllowance(address spender, uint256 have, uint256 need);
    error ERC20InsufficientBalance(address holder, uint256 have, uint256 need);

    constructor(Mode mode_, string memory symbol_) {
        mode = mode_;
        ownSymbol = symbol_;
    }

    function name() external view returns (string memory) {
        return string.concat("Sandbox ", ownSymbol);
    }

    function symbol() external view returns (string memory) {
        if (mode == Mode.Liar) return "USDC";
        if (mode == Mode.Nonsense) answerWord(bytes32("\x1b[2J\xff"));
        return ownSymbol;
    }

    function decimals() external view returns (uint256) {
        if (mode == Mode.Liar) return 18;
        if (mode == Mode.Nonsense) return type(uint256).max;
        return 6;
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        uint256 current = allowance[msg.sender][spender];
        require(mode != Mode.ZeroFirst || value == 0 || current == 0, "OddToken: approve from non-zero to non-zero");
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return answer(true);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return answer(move(msg.sender, to, value));
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) {
            if (mode == Mode.CustomErrors) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
            return answer(refuse("ERC20: transfer amount exceeds allowance"));
        }
        if (!move(from, to, value)) return answer(false);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        return answer(true);
    }

    function move(address from, address to, uint256 value) private returns (bool) {
        uint256 held = balanceOf[from];
        if (held < value) {
            if (mode == Mode.CustomErrors) revert ERC20InsufficientBalance(from, held, value);
            return refuse("ERC20: transfer amount exceeds balance");
        }
        uint256 arrives = mode == Mode.TakesFee ? value - value / 100 : value;
        balanceOf[from] = held - value;
        balanceOf[to] += arrives;
        totalSupply -= value - arrives;
        emit Transfer(from, to, arrives);
        return true;
    }

    function refuse(string memory reason) private view returns (bool) {
        if (mode == Mode.ReturnsFalse) return false;
        revert(reason);
    }

    function answer(bool success) private view returns (bool) {
        if (mode != Mode.ReturnsNothing) return success;
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    /// One word where a string is expected.
    function answerWord(bytes32 word) private pure {
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, 32)
        }
    }
}
