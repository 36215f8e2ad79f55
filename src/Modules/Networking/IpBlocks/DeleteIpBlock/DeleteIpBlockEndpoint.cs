using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.IpBlocks.DeleteIpBlock;

/// <summary>A provider's order to withdraw a pool of addresses. Source: spec/20-ip-and-allocation.md, section 5.6.</summary>
public sealed record DeleteIpBlock : ICommand<Unit>
{
    /// <summary>Id of the block.</summary>
    [Path]
    public Guid IpBlockId { get; init; }
}

internal sealed class DeleteIpBlockEndpoint : DeleteEndpoint<DeleteIpBlock>
{
    public override void Configure()
    {
        Delete("ipblock/{ipBlockId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-ipblock",
            "IP Block",
            "Delete an IP block",
            "Removes a block of the provider's own from which nothing is allocated. A block that was given to a tenant goes with its allocation.",
            404);
    }
}
