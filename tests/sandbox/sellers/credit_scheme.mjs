// `4mica-credit` for the resource server of the public packages.
export class CreditScheme {
  scheme = "4mica-credit";
  defaultAssetTransferMethod = "default";
  paymentFlows = { default: { supported: ["authorization", "upfront"], default: "authorization" } };

  async parsePrice(price) {
    return price;
  }

  async enhancePaymentRequirements(requirements) {
    return requirements;
  }
}
