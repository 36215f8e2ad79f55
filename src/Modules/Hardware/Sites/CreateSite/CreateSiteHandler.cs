using MediatR;
using Nico.Hardware.Contracts;
using Nico.Hardware.Sites.Pairing;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;

namespace Nico.Hardware.Sites.CreateSite;

internal sealed class CreateSiteHandler(Caller caller, Db db, IOrganizations organizations, RegistrationTokens tokens, ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateSite, Guid>
{
    public async Task<Guid> Handle(CreateSite request, CancellationToken cancellationToken)
    {
        var provider = await organizations.Provider(caller.Org, cancellationToken)
            ?? throw Problem.NotFound("Infrastructure provider of org", caller.Org);
        await limits.Require("Site", provider.Id, Sql.Of<CreateSiteHandler>("CountOwned"), 1, cancellationToken);
        var now = clock.Now();
        var token = tokens.Make();
        var args = new
        {
            id = Guid.CreateVersion7(),
            request.Name,
            request.Description,
            org = provider.Org,
            providerId = provider.Id,
            token = token.Sealed,
            hash = token.Hash,
            expiration = token.Expiration,
            request.SerialConsoleHostname,
            request.Location,
            request.Contact,
            now,
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateSiteHandler>("CreateSite"), args, cancellationToken) == 0)
        {
            throw Problem.Conflict(
                $"The provider has a site named {request.Name} already",
                await SiteRows.IdOfName(db, provider.Id, request.Name!, cancellationToken) ?? args.id);
        }

        await HardwareModule.SiteHistory.Append(db, args.id, nameof(SiteStatus.Pending), SiteMessages.Declared, now, cancellationToken);
        return args.id;
    }
}
