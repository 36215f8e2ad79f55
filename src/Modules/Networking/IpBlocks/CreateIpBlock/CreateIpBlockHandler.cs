using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Networking.IpBlocks.CreateIpBlock;

internal sealed class CreateIpBlockHandler(ActingAs acting, Caller caller, Db db, IpBlockRows rows, ISites sites, ISiteFabrics fabrics, ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateIpBlock, Guid>
{
    public async Task<Guid> Handle(CreateIpBlock request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.Invalid, cancellationToken);
        await limits.Require("IpBlock", providerId, Sql.Of<CreateIpBlockHandler>("CountOwned"), 1, cancellationToken);
        await sites.RequireOwn(request.SiteId!.Value, providerId, "siteId", cancellationToken);
        var now = clock.Now();
        var block = new IpBlock
        {
            Id = Guid.CreateVersion7(),
            Name = request.Name!,
            Description = request.Description,
            InfrastructureProviderId = providerId,
            SiteId = request.SiteId.Value,
            RoutingType = request.RoutingType!.Value,
            ProtocolVersion = request.ProtocolVersion!.Value,
            Prefix = request.Prefix!,
            PrefixLength = request.PrefixLength!.Value,
            Status = IpBlockStatus.Ready,
            Created = now,
            Updated = now,
        };
        await RequireInFabric(block, cancellationToken);
        await Insert(block, now, cancellationToken);
        await NetworkingModule.IpBlockHistory.Append(db, block.Id, nameof(IpBlockStatus.Ready), "IP block is ready for use", now, cancellationToken);
        return block.Id;
    }

    /// <summary>400 for addresses that the site would refuse every network of.</summary>
    private async Task RequireInFabric(IpBlock block, CancellationToken ct)
    {
        var fabric = await fabrics.PrefixesOf(block.SiteId, ct);
        if (fabric.Count > 0 && !fabric.Select(Cidr.Of).Any(network => network.Contains(block.Network)))
        {
            throw Problem.Invalid("prefix", $"{block.Network} is outside of the networks that the site has: {Text.Cut(string.Join(", ", fabric), 512)}");
        }
    }

    private async Task Insert(IpBlock block, DateTime now, CancellationToken ct)
    {
        var args = new
        {
            block.Id,
            block.Name,
            block.Description,
            providerId = block.InfrastructureProviderId,
            block.SiteId,
            routingType = block.RoutingType.ToString(),
            protocolVersion = block.ProtocolVersion.ToString(),
            prefix = block.Network.ToString(),
            now,
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateIpBlockHandler>("CreateIpBlock"), args, ct) == 1)
        {
            return;
        }

        throw await rows.IdOfName(block, ct) is { } other
            ? Problem.Conflict($"The site has an IP block named '{block.Name}' already", other)
            : Problem.Conflict($"Prefix {block.Network} overlaps another block of this routing type at the site");
    }
}
