using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.IpBlocks.UpdateIpBlock;

/// <summary>A provider's order to rename or describe a block: what is absent stays. Source: spec/20-ip-and-allocation.md, section 5.5.</summary>
[Schema("IpBlockUpdateRequest")]
public sealed record UpdateIpBlock : ICommand<Guid>
{
    /// <summary>Id of the block.</summary>
    [Path]
    public Guid IpBlockId { get; init; }

    /// <summary>New name, 2 to 256 bytes; unique among the provider's own blocks at the site.</summary>
    public string? Name { get; init; }

    /// <summary>New free text.</summary>
    public string? Description { get; init; }
}

internal sealed class UpdateIpBlockEndpoint : CommandEndpoint<UpdateIpBlock, Guid, IpBlockResponse>
{
    public override void Configure()
    {
        Patch("ipblock/{ipBlockId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "update-ipblock",
            "IP Block",
            "Update an IP block",
            "Changes name and description of a block of the provider, one that was given to a tenant included. Addresses never change.",
            404,
            409);
    }

    protected override IQuery<IpBlockResponse> Answer(UpdateIpBlock request, Guid id) =>
        new GetIpBlock.GetIpBlock { IpBlockId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateIpBlock>
    {
        public Rules() => RuleFor(order => order.Name).OptionalName();
    }
}
