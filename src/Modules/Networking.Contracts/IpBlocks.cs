using MediatR;

namespace Nico.Networking.Contracts;

/// <summary>Whether an IP block's addresses are reachable from the internet.</summary>
public enum IpBlockRoutingType
{
    /// <summary>Routed to the internet.</summary>
    Public,

    /// <summary>Routed inside the data centre only.</summary>
    DatacenterOnly,
}

/// <summary>Where an IP block stands. Everything is decided in one transaction, so a block is Ready from the start.</summary>
public enum IpBlockStatus
{
    /// <summary>Accepted, not begun.</summary>
    Pending,

    /// <summary>Being made.</summary>
    Provisioning,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Cannot be used.</summary>
    Error,
}

/// <summary>An IP block, as other modules know it. <see cref="TenantId"/> is null for a provider's own (root) block.</summary>
public sealed record IpBlockRef(
    Guid Id, string Name, Guid InfrastructureProviderId, Guid SiteId, Guid? TenantId, string Prefix, int PrefixLength);

/// <summary>An IP block in short.</summary>
public sealed record IpBlockSummary
{
    /// <summary>Id of the IP block.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the IP block.</summary>
    public required string Name { get; init; }

    /// <summary>Whether its addresses are reachable from the internet.</summary>
    public IpBlockRoutingType RoutingType { get; init; }

    /// <summary>Its network address, without length.</summary>
    public required string Prefix { get; init; }

    /// <summary>Length of the prefix.</summary>
    public int PrefixLength { get; init; }

    /// <summary>Where it stands.</summary>
    public IpBlockStatus Status { get; init; }
}

/// <summary>An order to carve a tenant's block out of a provider's.</summary>
public sealed record GrantOrder
{
    /// <summary>The provider's block.</summary>
    public required Guid SourceBlockId { get; init; }

    /// <summary>The tenant that gets the new block.</summary>
    public required Guid TenantId { get; init; }

    /// <summary>Name of the new block: the allocation's.</summary>
    public required string Name { get; init; }

    /// <summary>Description of the new block: the allocation's.</summary>
    public string? Description { get; init; }

    /// <summary>Length of the new block; the source's own length grants all of it.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>The user who orders it.</summary>
    public required Guid? CreatedBy { get; init; }
}

/// <summary>A tenant's block that was carved, and the name that its source has until the transaction ends.</summary>
public sealed record GrantedBlock(Guid Id, string SourceName);

/// <summary>Tenants' IP blocks, carved out of providers' blocks. All orders work in the caller's transaction.</summary>
public interface IIpBlockGrants
{
    /// <summary>The block with this id, whoever owns it; null when there is none.</summary>
    Task<IpBlockRef?> Find(Guid id, CancellationToken ct);

    /// <summary>Carves the block. 409 (a <see cref="SharedKernel.Problem"/>) when the source has no such space left.</summary>
    Task<GrantedBlock> Carve(GrantOrder order, CancellationToken ct);

    /// <summary>
    /// Carves the tenant's block anew with another length, in whatever place fits best; its id stays. 400 while a subnet or a VPC
    /// prefix uses it, and when its source has no such space.
    /// </summary>
    Task Resize(Guid derivedBlockId, int prefixLength, CancellationToken ct);

    /// <summary>Renames the tenant's block, as its allocation was.</summary>
    Task Rename(Guid derivedBlockId, string name, CancellationToken ct);

    /// <summary>Gives tenants' blocks back to their sources. 400 while a subnet or a VPC prefix uses one.</summary>
    Task Release(IReadOnlyCollection<Guid> derivedBlockIds, CancellationToken ct);

    /// <summary>Blocks by id, in one statement.</summary>
    Task<IReadOnlyDictionary<Guid, IpBlockSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}

/// <summary>A block has another name; published in the transaction that renames it.</summary>
public sealed record IpBlockRenamed(Guid IpBlockId, string Name) : INotification;
