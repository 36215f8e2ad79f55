using FluentValidation;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Networking.IpBlocks.CreateIpBlock;

/// <summary>A provider's order for a pool of addresses at one of its sites. Source: spec/20-ip-and-allocation.md, section 5.1.</summary>
[Schema("IpBlockCreateRequest")]
public sealed record CreateIpBlock : ICommand<Guid>
{
    /// <summary>Name of the block, 2 to 256 bytes; unique among the provider's blocks at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The site where the addresses are used; one of the provider's own.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>Whether the addresses are reachable from the internet.</summary>
    public IpBlockRoutingType? RoutingType { get; init; }

    /// <summary>Network address in its usual spelling, without length and with all host bits zero.</summary>
    public string? Prefix { get; init; }

    /// <summary>Length of the prefix: 1 to 32 for IPv4, 1 to 128 for IPv6.</summary>
    public int? PrefixLength { get; init; }

    /// <summary>Version of the internet protocol; that of the prefix.</summary>
    public IpVersion? ProtocolVersion { get; init; }
}

internal sealed class CreateIpBlockEndpoint : CommandEndpoint<CreateIpBlock, Guid, IpBlockResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("ipblock");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-ipblock",
            "IP Block",
            "Create an IP block",
            "Declares addresses that the provider can give to tenants. Blocks of one routing type at one site may not overlap.",
            409);
    }

    protected override IQuery<IpBlockResponse> Answer(CreateIpBlock request, Guid id) => new GetIpBlock.GetIpBlock { IpBlockId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateIpBlock>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName();
            RuleFor(order => order.SiteId).Required();
            RuleFor(order => order.RoutingType).Required();
            RuleFor(order => order.ProtocolVersion).Required();
            RuleFor(order => order.PrefixLength).Cascade(CascadeMode.Stop).Required()
                .Must((order, length) => length >= 1 && length <= (order.ProtocolVersion == IpVersion.IPv6 ? 128 : 32))
                .WithMessage("must be from 1 to 32 for IPv4, 1 to 128 for IPv6");
            RuleFor(order => order.Prefix).Cascade(CascadeMode.Stop).Required()
                .Must((order, prefix) => order.ProtocolVersion is null || order.PrefixLength is null or < 1 or > 128
                    || Cidr.Parse(prefix!, order.PrefixLength.Value, order.ProtocolVersion == IpVersion.IPv6) is not null)
                .WithMessage("must be a network address of the protocol version in its usual spelling, without length and without host bits");
        }
    }
}
