using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Logging;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.Pairing;

/// <summary>A controller that introduces itself: the token says which site it is.</summary>
internal sealed record PairSite : ICommand<PairedSite>
{
    private const int LongestPem = 32 * 1024;

    /// <summary>The site's registration token.</summary>
    public string? Token { get; init; }

    /// <summary>Address of the controller's gRPC service: https, or http on loopback.</summary>
    [Bound(Bytes = 2048)]
    public string? Core { get; init; }

    /// <summary>PEM of the CA of the controller's certificate; the system's own without it.</summary>
    [Bound(Bytes = LongestPem)]
    public string? Authority { get; init; }

    /// <summary>PEM of the certificate chain that Nico shows to the controller.</summary>
    [Bound(Bytes = LongestPem)]
    public string? ClientCertificate { get; init; }

    /// <summary>PEM of its private key, not encrypted.</summary>
    [Bound(Bytes = LongestPem)]
    public string? ClientKey { get; init; }

    // A record would print its members: two of them are secrets.
    public override string ToString() => $"pairing of the controller at {Core}";

    internal sealed class Rules : AbstractValidator<PairSite>
    {
        public Rules()
        {
            RuleFor(pairing => pairing.Token).Cascade(CascadeMode.Stop).Required().Bytes(1, 256);
            RuleFor(pairing => pairing.Core).Cascade(CascadeMode.Stop).Required().Bytes(1, 2048)
                .Must(IsCore).WithMessage("must be an https address, or http on loopback, without user, path and query");
            RuleFor(pairing => pairing.Authority).Cascade(CascadeMode.Stop).Bytes(0, LongestPem)
                .Must(pem => pem is null || HasCertificate(pem)).WithMessage("must be certificates in PEM");
            RuleFor(pairing => pairing.ClientCertificate).Cascade(CascadeMode.Stop).Bytes(0, LongestPem)
                .Must((pairing, pem) => pem is not null || pairing.ClientKey is null).WithMessage("is required with clientKey")
                .Must(pem => pem is null || HasCertificate(pem)).WithMessage("must be a certificate in PEM");
            RuleFor(pairing => pairing.ClientKey).Cascade(CascadeMode.Stop).Bytes(0, LongestPem)
                .Must((pairing, pem) => pem is not null || pairing.ClientCertificate is null).WithMessage("is required with clientCertificate")
                .Must((pairing, pem) => pem is null || pairing.ClientCertificate is not { } certificate || !HasCertificate(certificate) || Fits(certificate, pem))
                .WithMessage("must be the certificate's private key in PEM, not encrypted");
        }

        private static bool IsCore(string? text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var core)
            && (core.Scheme == Uri.UriSchemeHttps || (core.Scheme == Uri.UriSchemeHttp && core.IsLoopback))
            && core.UserInfo.Length == 0 && core.PathAndQuery == "/" && core.Fragment.Length == 0;

        private static bool HasCertificate(string pem) => Try(() =>
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(pem);
            foreach (var certificate in found)
            {
                certificate.Dispose();
            }

            return found.Count > 0;
        });

        private static bool Fits(string certificate, string key) => Try(() =>
        {
            using var both = X509Certificate2.CreateFromPem(certificate, key);
            return both.HasPrivateKey;
        });

        private static bool Try(Func<bool> holds)
        {
            try
            {
                return holds();
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                return false;
            }
        }
    }
}

/// <summary>What a controller is told once it is paired.</summary>
/// <param name="SiteId">Id of its site.</param>
/// <param name="Name">Name of its site.</param>
internal sealed record PairedSite(Guid SiteId, string Name);

internal sealed partial class PairSiteHandler(
    Db db, ISiteConnections connections, IAuditTrail audit, PairingMeasures measures, TimeProvider clock, ILogger<PairSiteHandler> log) : IRequestHandler<PairSite, PairedSite>
{
    public async Task<PairedSite> Handle(PairSite request, CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var hash = RegistrationTokens.Hash(request.Token!);
        var site = await db.OneOrNone<Found>(Sql.Of<PairSiteHandler>("TakeToken"), new { hash, now }, cancellationToken);
        if (site is null)
        {
            measures.Refused();
            WrongToken(log);
            throw new Problem(401, "The registration token is not valid: it is wrong, expired, or has been used");
        }

        audit.About(site.Org);
        var core = new Uri(request.Core!);
        if (await connections.Refusal(core, cancellationToken) is { } refusal)
        {
            throw Problem.Invalid("core", refusal);
        }

        await db.Execute(Sql.Of<PairSiteHandler>("UseToken"), new { site.Id, now }, cancellationToken);
        if (site.Status != SiteStatus.Registered)
        {
            await HardwareModule.SiteHistory.Append(db, site.Id, site.Status.ToString(), SiteMessages.Introduced, now, cancellationToken);
        }

        var credentials = new SiteCredentials(request.ClientCertificate, request.ClientKey, request.Authority);
        await connections.Connect(site.Id, new SiteAddress(core) { Credentials = credentials }, cancellationToken);
        db.AfterCommit(_ =>
        {
            Paired(log, site.Name, site.Id, core);
            return Task.CompletedTask;
        });
        return new PairedSite(site.Id, site.Name);
    }

    private sealed record Found(Guid Id, string Name, string Org, SiteStatus Status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A pairing was refused: its registration token is not valid")]
    private static partial void WrongToken(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {Name} ({SiteId}) is paired with the controller at {Core}")]
    private static partial void Paired(ILogger log, string name, Guid siteId, Uri core);
}
