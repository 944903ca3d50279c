//! The command line.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    commands::{audit, backup, demo, doctor, operator, owner, partner, password, serve, tenant, token},
    config::Config,
    log, wiring,
};

/// Switchboard: an open, self-hosted contact-centre console.
#[derive(Parser)]
#[command(name = "switchboard", version)]
struct Arguments {
    /// Configuration file; without it `switchboard.toml` in this folder, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    Serve,
    /// Bring the database to the newest schema and end.
    Migrate,
    /// Check database, key file, ports, disk, DNS and clock, one line each.
    Doctor,
    /// Run on a fresh database filled with a believable organisation.
    Demo {
        /// Folder of the demo; what an earlier demo left there is replaced.
        #[arg(long, default_value = "data/demo")]
        folder: PathBuf,
    },
    /// Write a consistent copy of database, files and keys into a new folder.
    Backup {
        /// The folder to make.
        folder: PathBuf,
    },
    /// Put a backup into an empty data folder.
    Restore {
        /// A folder that `backup` made.
        folder: PathBuf,
    },
    /// About the configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// About owners.
    Owner {
        #[command(subcommand)]
        command: OwnerCommand,
    },
    /// About passwords.
    Password {
        #[command(subcommand)]
        command: PasswordCommand,
    },
    /// About tenants.
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// About the audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// About operators: the help desk of this installation.
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// About partners: organisations that look after others.
    Partner {
        #[command(subcommand)]
        command: PartnerCommand,
    },
    /// About API tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the JSON Schema of `switchboard.toml`.
    Schema,
}

#[derive(Subcommand)]
enum OwnerCommand {
    /// Add an owner; the tenant is made when there is none of this name.
    Create(owner::Create),
}

#[derive(Subcommand)]
enum PasswordCommand {
    /// Print a link with which somebody chooses a new password.
    Reset(password::Reset),
}

#[derive(Subcommand)]
enum TenantCommand {
    /// Set how many licences a tenant has.
    Licences(tenant::Licences),
    /// Switch a feature on or off, or list what is on.
    Feature(tenant::Feature),
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the chain of every tenant; fails and names the entry where one does not hold.
    Verify(audit::Verify),
}

#[derive(Subcommand)]
enum OperatorCommand {
    /// Add an operator.
    Create(operator::Create),
    /// Set the most an operator may ask for.
    SetAccess(operator::SetAccess),
    /// Shut an operator out: their sessions and visits end.
    Disable(operator::Named),
    /// Let an operator sign in again.
    Enable(operator::Named),
    /// List operators: address, access, state, last sign-in.
    List,
}

#[derive(Subcommand)]
enum PartnerCommand {
    /// Offer a partner to a customer, or change how far its people get.
    Link(partner::Link),
    /// End a partnership; visits over it end too.
    End(partner::Pair),
    /// List partnerships: partner, customer, access, state.
    List,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Make an API token and print it once.
    Create(token::Create),
}

/// Parses, runs, and turns what went wrong into a sentence on standard error.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to do when not even standard error can be written to.
            let _ = writeln!(std::io::stderr(), "switchboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let Command::Config { command: ConfigCommand::Schema } = arguments.command {
        print(&serde_json::to_string_pretty(&Config::schema())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load(arguments.config.as_deref())?;
    log::start(&config);
    // As many threads as cores (the default): nothing here blocks one.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(dispatch(arguments.command, config))
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => serve::run(config).await?,
        Command::Migrate => {
            let db = wiring::open_database(&config, &services::Clock::System).await?;
            print(&format!("The database is at schema version {}.", db.schema_version().await?))?;
            db.close().await;
        }
        Command::Doctor => return doctor::run(&config).await,
        Command::Audit { command: AuditCommand::Verify(verify) } => return audit::verify(&config, verify).await,
        Command::Demo { folder } => demo::run(config, &folder).await?,
        Command::Backup { folder } => backup::write(&config, &folder).await?,
        Command::Restore { folder } => backup::restore(&config, &folder).await?,
        Command::Owner { command: OwnerCommand::Create(create) } => owner::create(&config, create).await?,
        Command::Password { command: PasswordCommand::Reset(reset) } => password::reset(&config, reset).await?,
        Command::Tenant { command: TenantCommand::Licences(licences) } => tenant::licences(&config, licences).await?,
        Command::Operator { command } => match command {
            OperatorCommand::Create(create) => operator::create(&config, create).await?,
            OperatorCommand::SetAccess(set) => operator::set_access(&config, set).await?,
            OperatorCommand::Disable(named) => operator::set_active(&config, named, false).await?,
            OperatorCommand::Enable(named) => operator::set_active(&config, named, true).await?,
            OperatorCommand::List => operator::list(&config).await?,
        },
        Command::Partner { command } => match command {
            PartnerCommand::Link(link) => partner::link(&config, link).await?,
            PartnerCommand::End(pair) => partner::end(&config, pair).await?,
            PartnerCommand::List => partner::list(&config).await?,
        },
        Command::Tenant { command: TenantCommand::Feature(feature) } => tenant::feature(&config, feature).await?,
        Command::Token { command: TokenCommand::Create(create) } => token::create(&config, create).await?,
        Command::Config { command: ConfigCommand::Schema } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A line on standard output, at once.
///
/// # Errors
/// From the operating system, such as a closed pipe.
pub fn print(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_documented_commands_parse() {
        let check = |line: &str| assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        check("switchboard serve");
        check("switchboard migrate");
        check("switchboard doctor");
        check("switchboard demo");
        check("switchboard backup /tmp/x");
        check("switchboard restore /tmp/x");
        check("switchboard config schema");
        check("switchboard owner create --tenant Acme --email a@acme.example --password-stdin");
        check("switchboard tenant licences --tenant Acme --contact-center 20 --interact unlimited");
        check("switchboard audit verify");
        check("switchboard audit verify --tenant Acme");
        check("switchboard owner create --tenant Acme --email a@acme.example --password-stdin --launch-link");
        check("switchboard operator create --email mara@support.example --access full-with-decrypt --password-stdin");
        check("switchboard operator set-access --email mara@support.example --access read-only");
        check("switchboard operator disable --email mara@support.example");
        check("switchboard operator list");
        check("switchboard partner link --partner Helpers --customer Acme --access full --accepted");
        check("switchboard partner end --partner Helpers --customer Acme");
        check("switchboard partner list");
        check("switchboard tenant feature");
        check("switchboard tenant feature --tenant Acme --secure-media on");
        check("switchboard token create --user a@acme.example --name nightly --capability email.send --capability email.read");
    }
}
