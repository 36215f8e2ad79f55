using System.CommandLine;
using Nico.Host.Development;
using Nico.SharedKernel;

namespace Nico.Host.CommandLine;

/// <summary><c>nico token</c>: a token of the development issuer.</summary>
internal static class TokenCommand
{
    public static Command Make()
    {
        var data = Options.Data();
        var org = Options.Org();
        var roles = new Option<string>("--roles")
        {
            Description = "Roles in the org, separated by commas: PROVIDER_ADMIN, PROVIDER_VIEWER, TENANT_ADMIN.",
            DefaultValueFactory = _ => "PROVIDER_ADMIN,TENANT_ADMIN",
            HelpName = "ROLES",
        };
        roles.Validators.Add(result =>
        {
            foreach (var role in (result.Tokens.Count > 0 ? result.Tokens[0].Value : "").Split(',').Where(role => role.Length > 0 && Caller.RoleNamed(role) is null))
            {
                result.AddError($"'{role}' is no role: the roles are PROVIDER_ADMIN, PROVIDER_VIEWER and TENANT_ADMIN");
            }
        });
        var subject = new Option<string?>("--sub") { Description = "Name of the user. Default: developer, or the org's service account.", HelpName = "NAME" };
        var serviceAccount = new Option<bool>("--service-account") { Description = "A service account's token: provider and tenant of the org at once." };
        var lifetime = Options.Lifetime();
        var command = new Command("token", "Print a token of the development issuer, alone on the last line. With the embedded database only.")
        {
            data, org, roles, subject, serviceAccount, lifetime,
        };
        command.SetAction(line =>
        {
            if (NicoServer.Configuration(new Dictionary<string, string?>()).GetConnectionString("Nico") is not null)
            {
                throw new ConfigurationProblem("A database is configured (ConnectionStrings__Nico): its tokens come from the configured issuers, the development issuer exists with the embedded database only");
            }

            var isServiceAccount = line.GetValue(serviceAccount);
            Console.WriteLine(DevelopmentIssuer.Open(DataFolder.Open(line.GetValue(data)).IssuerKey).Sign(
                line.GetValue(org)!,
                line.GetValue(roles)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                line.GetValue(subject) ?? (isServiceAccount ? $"{line.GetValue(org)}-service-account" : "developer"),
                isServiceAccount,
                line.GetValue(lifetime),
                DateTimeOffset.UtcNow));
        });
        return command;
    }
}
